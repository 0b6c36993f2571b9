/** The plan as the act that the host does: what was shown, with everything that must still be so when it is done. */
import type { AddJobs, EntryTarget, JobTarget, JobToAdd } from '../acts/hostAct';
import { entryTarget, targetOf } from '../acts/targets';
import type { Judgement } from '../checkpoint/judgement';
import type { Job, Queue } from '../pueue/job';
import { withoutRetry } from '../audit/sameWork';
import { comparedCommand } from './refreshFlag';
import { readyRows, type RequeuePlan, type RequeueRow } from './requeuePlan';
import { needsUntracedConsent } from './planRow';
import type { HostSnapshot } from '../snapshot';

/**
 * @param newKey makes a fresh UUID at each call: for the act, and for each job
 * @throws where a row is not ready for it: the plan makes no such row
 */
export function requeueAct(plan: RequeuePlan, snapshot: HostSnapshot, newKey: () => string): AddJobs {
  const rows = readyRows(plan);
  const positions = new Map(rows.map(({ source }, index) => [source.job, index]));
  const flag = plan.refreshFlag;
  return {
    kind: 'add',
    id: newKey(),
    jobs: rows.map((row) => jobToAdd(row, positions, newKey())),
    ground: [...new Set([...plan.ground, ...rows.flatMap(withoutItsEnvironment)])].map(jobTarget),
    parents: parentsIn(
      snapshot.queue,
      rows.flatMap(({ after }) => after),
    ),
    absent: absentOf(rows, flag),
    quarantine: byRoot(rows.flatMap(({ quarantine }) => quarantine)),
    unchanged: distinct(rows.flatMap(({ kept }) => kept)).map(({ entry }) => entryTarget(entry)),
    untracedConsent: rows.some(({ source }) => needsUntracedConsent(source, snapshot)),
  };
}

function jobToAdd(row: RequeueRow, positions: ReadonlyMap<Job, number>, key: string): JobToAdd {
  const { source, command, directory, group, label, priority, after, afterSources, flagsAdded, reason } = row;
  const origin = jobTarget(source.job);
  return {
    ...{ key, command, directory, group, label, priority, after, reason, flagsAdded },
    source: row.environment === 'login' ? null : origin,
    retryOf: { id: origin.id, createdAt: origin.createdAt },
    snapshotId: row.environment === 'login' ? null : source.snapshotId,
    afterAdded: afterSources.map((parent) => {
      const position = positions.get(parent);
      if (position === undefined) throw new Error(`job ${parent.id} is not queued again, and another one waits for it`);
      return position;
    }),
    stashed: false,
    refresh: row.action === 'refresh',
  };
}

/** A job whose environment is not taken is named nowhere else, and must be as it was all the same. */
function withoutItsEnvironment({ environment, source }: RequeueRow): Job[] {
  return environment === 'login' && source.snapshotId === null ? [source.job] : [];
}

/** Jobs that are to be waited for. One without a time of its creation can only be told by its id. */
export function parentsIn({ jobs }: Queue, ids: readonly number[]): AddJobs['parents'] {
  const wanted = new Set(ids);
  return jobs.flatMap(({ id, createdAt }) => (wanted.has(id) && createdAt !== null ? [{ id, createdAt }] : []));
}

/** The same work, as the process that acts looks for it. Labels that nobody can see name nothing. */
export function absentOf(
  works: readonly Pick<JobToAdd, 'label' | 'group' | 'command' | 'directory'>[],
  flag: string | null,
): AddJobs['absent'] {
  const labels = new Map<string, { group: string; label: string }>();
  const commands = new Map<string, { directory: string; command: string }>();
  for (const { label, group, command, directory } of works) {
    if (label !== null && label.trim() !== '') {
      const named = { group, label: withoutRetry(label) };
      labels.set(JSON.stringify([named.group, named.label]), named);
    }
    const compared = { directory, command: comparedCommand(command, flag) };
    commands.set(JSON.stringify([compared.directory, compared.command]), compared);
  }
  return { labels: [...labels.values()], commands: [...commands.values()], withoutFlag: flag };
}

function jobTarget(job: Job): JobTarget {
  if (job.createdAt === null) throw new Error(`job ${job.id} has no time of its creation`);
  return targetOf(job);
}

function byRoot(judgements: readonly Judgement[]): AddJobs['quarantine'] {
  const roots = new Map<string, EntryTarget[]>();
  for (const { root, entry } of distinct(judgements)) {
    const entries = roots.get(root) ?? [];
    entries.push(entryTarget(entry));
    roots.set(root, entries);
  }
  return [...roots].map(([root, entries]) => ({ root, entries }));
}

/** Jobs that collide lead to one entry, and it is moved once. */
function distinct(judgements: readonly Judgement[]): Judgement[] {
  return [...new Map(judgements.map((judgement) => [judgement.entry.path, judgement])).values()];
}
