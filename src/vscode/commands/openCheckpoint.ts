/** Open: an entry of a checkpoint directory, or of its quarantine, as a read-only document. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { malformedPaths, noEntry } from '../../core/checkpoint/entryProblems';
import type { Judgements } from '../../core/checkpoint/judgements';
import type { Clock } from '../../core/ports';
import type { Problem } from '../../core/problem';
import type { HostWatch } from '../../core/watch/hostWatch';
import { checkpointChoices } from '../checkpointChoices';
import type { CheckpointDocuments } from '../checkpointDocuments';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { readPaths } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { openSeveral, toldFailures } from './openSeveral';
import { actionProblem } from './register';

const title = 'Open Checkpoint';

export interface OpenCheckpointParts {
  readonly hosts: Hosts;
  readonly judgements: Judgements;
  readonly checkpoints: CheckpointDocuments;
  readonly output: Output;
  readonly clock: Clock;
}

/** @returns the report; `undefined` where the person chose no host or no entry */
export async function openCheckpoint(argument: unknown, parts: OpenCheckpointParts): Promise<ActionReport | undefined> {
  const { hosts } = parts;
  const { host, paths, malformed } = readPaths(argument);
  if (malformed) return toldFailures(title, [malformedPaths()], actionProblem(malformedPaths(), host), parts.output);
  const name = host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const watch = hosts.find(name);
  if (watch === undefined) {
    const problem = unusableHost(name, hosts);
    return toldFailures(title, [problem], actionProblem(problem, name), parts.output);
  }
  const chosen = paths ?? (await choose(watch, parts));
  if (chosen === undefined) return undefined;
  if ('code' in chosen) return toldFailures(title, [chosen], actionProblem(chosen, name), parts.output);
  return vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => openAll(watch, chosen, parts));
}

async function choose(
  watch: HostWatch,
  { judgements, clock }: OpenCheckpointParts,
): Promise<readonly string[] | Problem | undefined> {
  if (watch.state.reading === null)
    await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  const { reading, problem } = watch.state;
  if (reading === null) return problem ?? noEntry(watch.name);
  const judged = judgements.of(watch.name, reading.snapshot);
  const choices = checkpointChoices(reading, judged, { monotonic: clock.monotonic() }, vscode.l10n.t);
  if (choices.length === 0) return noEntry(watch.name);
  const choice = await vscode.window.showQuickPick(choices, {
    placeHolder: vscode.l10n.t('Which checkpoint?'),
    matchOnDescription: true,
  });
  return choice === undefined ? undefined : [choice.path];
}

function openAll(
  watch: HostWatch,
  paths: readonly string[],
  { checkpoints, output }: OpenCheckpointParts,
): Promise<ActionReport> {
  const openings = paths.map((target) => ({
    target,
    open: async () => {
      const uri = await checkpoints.open(watch, target);
      await vscode.window.showTextDocument(uri, { preview: paths.length === 1 });
      return uri;
    },
  }));
  return openSeveral(watch, openings, { title, what: 'checkpoints', output });
}
