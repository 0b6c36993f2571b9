/** One verb from the question to the report: what is asked, what is sent to the host once, and what is told of it. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { ActAnswer, GroupAct, JobAct } from '../../core/acts/hostAct';
import { actionText, detailsText, jobLine, targetsOf, titleOf, type ToBeDone } from '../../core/acts/verbText';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { OwnEnds } from '../../core/notices/ownEnds';
import type { Clock } from '../../core/ports';
import { isProblemError, type Problem } from '../../core/problem';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { plainLabel } from '../plainLabel';
import type { Reports } from '../reports';
import { readSettings } from '../settings';
import { chooseAct } from './confirmAct';
import type { OneAtATime } from './oneAtATime';
import { actionOf } from './register';

export interface ActParts {
  readonly hosts: Hosts;
  readonly output: Output;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly ownEnds: OwnEnds;
  readonly oneAtATime: OneAtATime;
}

/** Longest time for an act beyond the grace time of a kill: its reading of a large queue, and until its effect shows. */
const actMs = 90_000;
/** Most jobs that a dialog lists; the document of Show Details lists all. */
const listedJobs = 12;

export type Act = JobAct | GroupAct;

export interface Asked extends ToBeDone {
  readonly watch: HostWatch;
  readonly question: string;
  readonly verb: string;
  /** Another form of the act, beside it, for example without a grace time. */
  readonly alternative?: { readonly verb: string; readonly act: Act };
  /** Whether it cannot be undone, so that the name of the host has to be typed. */
  readonly isFinal: boolean;
}

type Target = ActionReport['targets'][number];

/** Asks, acts and tells. @returns the report */
export async function performAct(asked: Asked, parts: ActParts): Promise<ActionReport> {
  const leftOut = asked.leftOut.map(({ id, ...rest }) => ({ target: String(id), ...rest }));
  const names = asked.act.kind === 'group' ? [asked.act.group.name] : asked.act.targets.map(({ id }) => String(id));
  const all = (outcome: Target['outcome'], reason: string): Target[] =>
    names.map((target) => ({ target, outcome, reason }));
  const choice = await chooseAct(questionOf(asked, parts));
  if (choice === null)
    return told(asked, actionOf(asked.host, [...all('cancelled', 'Nothing was changed.'), ...leftOut]), null, parts);
  const act = { ...(choice === 'alternative' ? (asked.alternative?.act ?? asked.act) : asked.act), id: randomUUID() };
  const began = parts.clock.monotonic();
  const ends = act.kind === 'jobs' && act.verb === 'kill' ? act.targets : [];
  parts.ownEnds.add(asked.host, ends);
  try {
    const answer = await send(asked.watch, act);
    await asked.watch.afterAct();
    const report = actionOf(asked.host, [...targetsOf(act, answer), ...leftOut]);
    return told(asked, report, { answer, tookMs: parts.clock.monotonic() - began }, parts);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    const { problem } = error;
    if (problem.code !== 'lost') parts.ownEnds.forget(asked.host, ends);
    await asked.watch.afterAct();
    return told(
      asked,
      actionOf(asked.host, [...all(outcomeOf(problem), problem.message), ...leftOut], problem),
      null,
      parts,
    );
  }
}

function outcomeOf({ code }: Problem): Target['outcome'] {
  if (code === 'lost' || code === 'cancelled') return code;
  return code === 'stale' || code === 'busy' || code === 'refused' ? 'refused' : 'failed';
}

/** Only a kill takes long enough to be cancelled: then nothing more of it is begun. */
function send(watch: HostWatch, act: Act): Promise<ActAnswer> {
  const graceMs = act.kind === 'jobs' ? (act.graceMs ?? 0) : 0;
  const isKill = act.kind === 'jobs' && act.verb === 'kill';
  const title = vscode.l10n.t(
    '{0}: killing jobs ({1}) and waiting for their processes…',
    plainLabel(watch.name, 80),
    act.targets.length,
  );
  const options = isKill
    ? { location: vscode.ProgressLocation.Notification, title, cancellable: true }
    : { location: { viewId: hostsViewId } };
  return Promise.resolve(
    vscode.window.withProgress(options, (_, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => {
        stop.abort();
      });
      return watch.forPerson().act(act, actMs + graceMs, stop.signal);
    }),
  );
}

function questionOf(asked: Asked, { reports }: ActParts): Parameters<typeof chooseAct>[0] {
  const { host, jobs, leftOut, consequences, question, verb, alternative, isFinal } = asked;
  const more =
    jobs.length > listedJobs ? [vscode.l10n.t('… and {0} more: Show Details lists all', jobs.length - listedJobs)] : [];
  const without = leftOut
    .slice(0, listedJobs)
    .map(({ id, reason }) => vscode.l10n.t('Left out: job {0}. {1}', id, reason));
  const parts = [[...jobs.slice(0, listedJobs).map((job) => jobLine(job)), ...more], without, consequences];
  return {
    question,
    detail: parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n'), // prettier-ignore
    verb,
    ...(alternative === undefined ? {} : { alternative: alternative.verb }),
    showDetails: async () => {
      await reports.show(host, 'act', detailsText(asked));
    },
    typed:
      isFinal && readSettings().confirmTypedName
        ? { text: host, why: vscode.l10n.t('{0}: this cannot be undone', verb) }
        : null,
  };
}

/** Appends the report to the output, and keeps it for Show Details. */
export function told(
  { act }: Pick<ToBeDone, 'act'>,
  report: ActionReport,
  done: { readonly answer: ActAnswer; readonly tookMs: number } | null,
  parts: ActParts,
): ActionReport {
  return toldAs(titleOf(act), report, done, parts);
}

export function toldAs(
  title: string,
  report: ActionReport,
  done: { readonly answer: ActAnswer; readonly tookMs: number } | null,
  { output, reports }: Pick<ActParts, 'output' | 'reports'>,
): ActionReport {
  const text = actionText(title, report, done?.answer ?? null, done?.tookMs ?? 0);
  output.append(text);
  if (done !== null) reports.store(report.host, 'action', text);
  return report;
}
