/** What is to be requeued: jobs of the queue, or those of a snapshot that an emergency stop has left on the host. */
import * as vscode from 'vscode';
import type { KeptSnapshot } from '../../core/emergency/snapshotJobs';
import type { Clock } from '../../core/ports';
import { isProblemError, type Problem } from '../../core/problem';
import { secondsToTime } from '../../core/text/time';
import type { HostWatch } from '../../core/watch/hostWatch';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { plainLabel } from '../plainLabel';
import { readJobs, readSnapshotId } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { chooseJobs, type ChosenJobs, type NoJobs } from './jobChoice';

const listMs = 15_000;

interface ChoiceParts {
  readonly hosts: Hosts;
  readonly output: Output;
  readonly clock: Clock;
}

export type ChosenSources = ChosenJobs | { readonly watch: HostWatch; readonly snapshotId: string };

/** Jobs of the queue, or a snapshot: where the argument names neither, a host that has kept some is asked about both. */
export async function chooseSources(
  argument: unknown,
  parts: ChoiceParts,
): Promise<ChosenSources | NoJobs | undefined> {
  const { hosts, output } = parts;
  const { snapshotId, malformed } = readSnapshotId(argument);
  const named = readJobs(argument);
  if (malformed) return { host: named.host, problem: malformedSnapshot() };
  if (snapshotId === null && (named.jobs !== null || named.malformed)) return chooseJobs(argument, parts);
  const host = named.host ?? (await pickHost(hosts));
  if (host === undefined) return undefined;
  const watch = hosts.find(host);
  if (watch === undefined) return { host, problem: unusableHost(host, hosts) };
  const chosen = snapshotId ?? (await chooseSnapshot(watch, output));
  if (chosen === undefined) return undefined;
  return chosen === null ? chooseJobs({ host }, parts) : { watch, snapshotId: chosen };
}

/** @returns the id of a snapshot, `null` for jobs of the queue, which are not asked about where nothing was kept; `undefined` for neither */
async function chooseSnapshot(watch: HostWatch, output: Output): Promise<string | null | undefined> {
  const { t } = vscode.l10n;
  const kept = await keptSnapshots(watch, output);
  if (kept.length === 0) return null;
  const picked = await vscode.window.showQuickPick(
    [
      { label: t('Jobs of the Queue…'), snapshotId: null },
      ...kept.map(({ id, takenAt, group, count }) => ({
        label: t('Emergency stop of {0}', secondsToTime(takenAt)),
        description: [
          count === null ? t('cannot be read') : count === 1 ? t('1 job') : t('{0} jobs', count),
          group === null ? t('whole host') : t('group {0}', plainLabel(group, 80)),
        ].join(' · '),
        snapshotId: id,
      })),
    ],
    { placeHolder: t('Requeue what?'), matchOnDescription: true },
  );
  return picked?.snapshotId;
}

/** Where they cannot be listed, jobs of the queue can be requeued all the same. */
async function keptSnapshots(watch: HostWatch, output: Output): Promise<readonly KeptSnapshot[]> {
  try {
    return (await watch.forPerson().readSnapshots(new AbortController().signal, listMs)).snapshots;
  } catch (error) {
    if (!isProblemError(error)) throw error;
    output.log.info(`${watch.name}: the snapshots of emergency stops were not listed: ${error.problem.message}`);
    return [];
  }
}

function malformedSnapshot(): Problem {
  return {
    code: 'invalidInput',
    message: 'The argument "snapshotId" names no snapshot, or jobs are named beside it.',
    next: 'Give the id of one snapshot as a text; Requeue… without it lists those of the host.',
  };
}
