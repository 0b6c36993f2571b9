/** Which jobs a command means: those of its argument, or those that a person picks. */
import * as vscode from 'vscode';
import { visible } from '../../core/text/visible';
import type { Clock } from '../../core/ports';
import type { JobRun } from '../../core/log/logOfRun';
import type { Problem } from '../../core/problem';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import { jobChoices } from '../jobChoices';
import { readJobs } from './arguments';
import { pickHost, unusableHost } from './hostChoice';

/** At least one job of a host that is configured. */
export interface ChosenJobs {
  readonly watch: HostWatch;
  readonly jobs: readonly JobRun[];
}

/** Why there is none to act on. */
export interface NoJobs {
  readonly host: string | null;
  readonly problem: Problem;
}

/** @returns `undefined` where the person chose no host or no job */
export async function chooseJobs(
  argument: unknown,
  { hosts, clock }: { readonly hosts: Hosts; readonly clock: Clock },
): Promise<ChosenJobs | NoJobs | undefined> {
  const { host, jobs, malformed } = readJobs(argument);
  if (malformed) return { host, problem: malformedJobs() };
  const name = host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const watch = hosts.find(name);
  if (watch === undefined) return { host: name, problem: unusableHost(name, hosts) };
  if (jobs !== null) return { watch, jobs };
  if (watch.state.reading === null)
    await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  const { reading, problem } = watch.state;
  if (reading === null) return { host: name, problem: problem ?? noJob(name) };
  const choices = jobChoices(reading, { monotonic: clock.monotonic() }, vscode.l10n.t);
  if (choices.length === 0) return { host: name, problem: noJob(name) };
  const choice = await vscode.window.showQuickPick(choices, {
    placeHolder: vscode.l10n.t('Which job?'),
    matchOnDescription: true,
  });
  return choice === undefined ? undefined : { watch, jobs: [choice.run] };
}

/** Rows of several hosts are selected together. */
export function severalHosts(): Problem {
  return {
    code: 'invalidInput',
    message: 'Jobs of several hosts are selected. Nothing was done.',
    next: 'Select jobs of one host, and repeat the command there.',
  };
}

function malformedJobs(): Problem {
  return {
    code: 'invalidInput',
    message: 'The argument "jobs" does not name jobs.',
    next: 'Give a list of { id, createdAt, start? }: whole numbers and RFC 3339 times.',
  };
}

function noJob(host: string): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(host, 80)}: there is no job in the queue.`,
    next: 'Refresh the host, or add a job to its queue.',
  };
}
