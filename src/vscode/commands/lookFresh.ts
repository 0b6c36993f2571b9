/** A reading that begins now: what is asked about must be so at this moment, not at the last look. */
import * as vscode from 'vscode';
import type { HostSnapshot } from '../../core/snapshot';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';

/** Longest time for a reading, connecting included. */
export const lookMs = 15_000;

/** @throws ProblemError */
export function lookFresh(watch: HostWatch, timeoutMs = lookMs): Promise<HostSnapshot> {
  return Promise.resolve(
    vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
      watch.read(new AbortController().signal, timeoutMs),
    ),
  );
}
