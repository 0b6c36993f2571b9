/** What is to be moved into quarantine, back, or deleted from it: each entry with what speaks against it, before anything is done. */
import type { EntryTarget, JobTarget, MoveEntries } from '../acts/hostAct';
import { entryTarget } from '../acts/targets';
import type { CheckpointEntry, HostSnapshot } from '../snapshot';
import { formatAge, formatBytes, formatDuration } from '../text/format';
import { visible } from '../text/visible';
import { startOf } from '../pueue/job';
import type { Judgement } from './judgement';
import { groundOf, jobName, mayWrite } from './mayWrite';

export type MoveVerb = MoveEntries['verb'];

/** Seconds for which nothing in quarantine is offered for deletion. */
export const keptSeconds = 7 * 24 * 3600;

/** Says what is thought of an entry of a checkpoint directory; `null` where nothing is. */
export type Judge = (entry: CheckpointEntry, root: string) => Judgement | null;

export interface PlannedMove {
  readonly entry: CheckpointEntry;
  /** The checkpoint directory, as its absolute path stands in the reading. */
  readonly root: string;
  /** Size and age, whose it is, and what its move means: sentences, safe to show. */
  readonly facts: readonly string[];
  /** Why it is left alone; `null` where it is not. */
  readonly refused: string | null;
  /** What cannot be told of it and has to be consented to; `null` where there is nothing. */
  readonly untold: string | null;
}

export interface MovePlan {
  readonly verb: MoveVerb;
  readonly moves: readonly PlannedMove[];
  /** Paths that no reading of this moment lists. */
  readonly missing: readonly string[];
  readonly ground: readonly JobTarget[];
}

/** @param paths of entries; in quarantine for all but `quarantine` */
export function planMoves(verb: MoveVerb, paths: readonly string[], snapshot: HostSnapshot, judge: Judge): MovePlan {
  const here = entriesOf(snapshot);
  const listed = verb === 'quarantine' ? here : quarantinedOf(snapshot);
  const wanted = [...new Set(paths)];
  const found = wanted.flatMap((path) => listed.get(path) ?? []);
  const judged = found.map(({ entry, root }) => judge(verb === 'quarantine' ? entry : atHome(entry, root), root));
  const moves = found.map((each, index) => {
    const judgement = judged[index] ?? null;
    const { refused, untold } = verb === 'delete' ? tooYoung(each, snapshot) : mayWrite(judgement, snapshot);
    return {
      ...{ entry: each.entry, root: each.root, untold },
      facts: [sizeAndAge(each.entry, snapshot), ...meaning(verb, each.entry, judgement)],
      refused: refused ?? (verb === 'restore' ? nameTaken(each, here, snapshot.takenAt) : null),
    };
  });
  return {
    ...{ verb, moves, missing: wanted.filter((path) => !listed.has(path)) },
    // What is deleted belongs to no job any more.
    ground: verb === 'delete' ? [] : groundOf(judged, snapshot),
  };
}

/** What of the plan is done, by the directory that it is done in. */
export function actsOf({ moves }: MovePlan): ReadonlyMap<string, readonly EntryTarget[]> {
  const acts = new Map<string, EntryTarget[]>();
  for (const { entry, root, refused } of moves) {
    if (refused !== null) continue;
    const entries = acts.get(root) ?? [];
    entries.push(entryTarget(entry));
    acts.set(root, entries);
  }
  return acts;
}

/** Where an entry would lie again, with the name that it had. */
export function atHome(entry: CheckpointEntry, root: string): CheckpointEntry {
  return { ...entry, path: `${root === '/' ? '' : root}/${nameOf(entry.path)}` };
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

interface Listed {
  readonly entry: CheckpointEntry;
  readonly root: string;
  readonly folder: { readonly since: number; readonly hasManifest: boolean } | null;
}

function entriesOf({ checkpoints }: HostSnapshot): ReadonlyMap<string, Listed> {
  return new Map(
    checkpoints.flatMap(({ path: root, entries }) =>
      entries.map((entry) => [entry.path, { entry, root, folder: null }] as const),
    ),
  );
}

function quarantinedOf({ quarantines }: HostSnapshot): ReadonlyMap<string, Listed> {
  return new Map(
    quarantines.flatMap(({ root, folders }) =>
      folders.flatMap((folder) => folder.entries.map((entry) => [entry.path, { entry, root, folder }] as const)),
    ),
  );
}

function tooYoung({ folder }: Listed, { takenAt }: HostSnapshot): { refused: string | null; untold: null } {
  const age = takenAt - (folder?.since ?? takenAt);
  const refused =
    folder?.hasManifest !== true
      ? 'Its folder has no manifest that can be read, so it is only deleted by hand, on the host.'
      : age > keptSeconds
        ? null
        : `It lies in quarantine for ${formatDuration(age * 1000)}: it can be deleted after 7 days.`;
  return { refused, untold: null };
}

function nameTaken({ entry, root }: Listed, here: ReadonlyMap<string, Listed>, takenAt: number): string | null {
  const other = here.get(atHome(entry, root).path)?.entry;
  if (other === undefined) return null;
  return `Another entry has its name by now, written ${formatAge((takenAt - other.modified) * 1000)}: nothing is written over.`;
}

function sizeAndAge({ kind, bytes, modified }: CheckpointEntry, { takenAt }: HostSnapshot): string {
  const size = kind === 'file' ? formatBytes(bytes) : kind === 'other' ? 'special file' : kind;
  return `${size}, written ${formatAge((takenAt - modified) * 1000)}`;
}

function meaning(verb: MoveVerb, entry: CheckpointEntry, judgement: Judgement | null): string[] {
  if (verb === 'delete') return [];
  const said = judgement === null ? [] : [`${judgement.state}: ${judgement.reason}`];
  const owner = judgement?.owners[0];
  if (verb === 'restore' || judgement?.state === 'damaged') return said;
  if (owner === undefined) return [...said, 'A run that would go on from it begins from nothing.'];
  const start = startOf(owner.state);
  const progress = start === null ? NaN : entry.modified * 1000 - Date.parse(start);
  const lost = progress > 0 ? `: ${formatDuration(progress)} of progress` : '';
  return [...said, `The next run of ${jobName(owner)} begins from nothing${lost}.`];
}

/** One line for each entry that is moved: `a.json: 2 KB, written 3 min ago. …`. */
export function moveLines(moves: readonly PlannedMove[]): string[] {
  return moves.map(({ entry, facts, untold }) =>
    [`${visible(nameOf(entry.path))}: ${facts.join('. ')}`, ...(untold === null ? [] : [untold])].join(' '),
  );
}
