/** The one request behind tree and audit: queue, checkpoints and facts of a host at one moment. */
import * as v from 'valibot';
import { askedDirectories } from '../core/checkpoint/checkpointDirectories';
import { badReply } from '../core/hostProblems';
import type { HostSettings } from '../core/hostSettings';
import type { ProjectOnHost } from '../core/project/projectOnHost';
import type { Route } from '../core/route';
import { ProblemError } from '../core/problem';
import type { Queue } from '../core/pueue/job';
import { changeQueue, parseQueue } from '../core/pueue/parseQueue';
import { Lineage, noLineage } from '../core/lineage';
import type { CheckpointDirectory, CheckpointEntry, HostSnapshot, Quarantine, Tracing } from '../core/snapshot';
import { shellLine } from '../core/text/shellQuote';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';
import { checkOutcome, pueueOutcome } from './pueueOutcome';

const milliseconds = v.pipe(v.number(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** UTC time and id, as in `20261124T163000Z-1f2e3d4c`. */
const folderName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/u;
const entryFields = [
  v.pipe(v.string(), v.minLength(1)),
  v.picklist(['file', 'directory', 'link', 'other']),
  v.nullable(v.number()),
  v.number(),
  v.pipe(v.string(), v.regex(/^\d{1,20}$/u)),
] as const;
/** Of what was found in an entry one letter travels. */
const contents = { e: 'empty', i: 'intact', b: 'broken', u: 'unchecked' } as const;
/** Its content is there only where it was asked for. */
const entry = v.tupleWithRest([...entryFields], v.nullable(v.picklist(['e', 'i', 'b', 'u'])));
const quarantine = v.object({
  path: v.string(),
  state: v.picklist(['listed', 'unreadable', 'truncated']),
  error: v.nullable(v.string()),
  // Name, whether its manifest can be read, entries.
  folders: v.array(v.tuple([v.pipe(v.string(), v.regex(folderName)), v.picklist([0, 1]), v.array(entry)])),
});
const directory = v.object({
  configured: v.string(),
  path: v.string(),
  state: v.picklist(['listed', 'missing', 'unreadable', 'truncated']),
  error: v.nullable(v.string()),
  entries: v.array(entry),
});
const survivor = v.tuple([v.number(), v.nullable(v.string()), v.number(), v.pipe(v.array(v.string()), v.minLength(1))]);
const survivingRun = v.object({
  id: v.number(),
  createdAt: v.nullable(v.string()),
  start: v.nullable(v.string()),
  total: v.number(),
  processes: v.pipe(v.array(survivor), v.minLength(1)),
});
const tracing = v.union([
  v.object({
    runs: v.array(survivingRun),
    shells: v.array(v.tuple([count, milliseconds])),
    unseen: v.number(),
    refused: v.number(),
  }),
  v.object({ untraced: v.string() }),
]);
/** Id of a job, the part of it that is done, and when its log last changed. */
const progress = v.tuple([count, v.pipe(v.number(), v.minValue(0), v.maxValue(1)), v.number()]);
/** Of the job that was queued again, and of what it became, id and creation. */
const link = v.pipe(
  v.tuple([count, v.string(), count, v.string(), v.nullable(v.string()), v.string(), v.array(v.string()), v.boolean()]),
  v.transform(([id, createdAt, newId, newCreatedAt, label, reason, flagsAdded, adopted]) => ({
    ...{ from: { id, createdAt }, to: { id: newId, createdAt: newCreatedAt } },
    ...{ label, reason, flagsAdded, adopted },
  })),
);
/** Parts of a reading that travel only where they differ from what is held. */
const sectionsShape = v.object({
  home: v.string(),
  bootedAt: v.nullable(v.number()),
  unreadJournal: v.nullable(v.string()),
  checkpoints: v.pipe(
    v.array(directory),
    v.transform((found) => found.map(directoryOf)),
  ),
  // One for each of the directories, in their order.
  quarantines: v.array(v.nullable(quarantine)),
  pueue: pueueOutcome,
  sign: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1)))),
  // Only where there is a queue.
  groups: v.optional(v.unknown()),
  daemonStart: v.optional(v.nullable(v.string())),
  stateFile: v.optional(v.nullable(v.object({ path: v.string(), bytes: v.number() }))),
  processes: v.optional(tracing),
  lineage: v.optional(
    v.pipe(
      v.array(link),
      v.transform((links) => new Lineage(links)),
    ),
  ),
  progress: v.optional(v.array(progress)),
});
type Sections = v.InferOutput<typeof sectionsShape>;
/** The wall clock of the host, the clock of its boot, what the reading took, and what each command of pueue took. */
const times = [v.number(), v.nullable(milliseconds), milliseconds] as const;
/** `t` begins with the number of the reading, and of the one that it says the changes of. */
const wholeShape = v.object({
  t: v.tupleWithRest([v.nullable(count), v.null(), ...times], milliseconds),
  s: sectionsShape,
  jobs: v.optional(v.unknown()),
});
const changesShape = v.object({
  t: v.tupleWithRest([count, count, ...times], milliseconds),
  s: v.optional(v.partial(sectionsShape), {}),
  jobs: v.optional(v.unknown(), {}),
  gone: v.optional(v.array(count), []),
});

/** A reading as the helper knows it by its number, in parts: what did not change keeps its object. */
interface HeldReading {
  readonly number: number;
  readonly sections: Sections;
  readonly queue: Queue;
}

/** The last reading of one session, so that the next one needs to hold only what differs. */
export class HeldSnapshot {
  #reading: HeldReading | null = null;
  #asked = '';

  get reading(): HeldReading | null {
    return this.#reading;
  }

  /** The reading that answered the same question, in its canonical form. What was asked otherwise is held no longer. */
  readingOf(asked: string): HeldReading | null {
    if (asked !== this.#asked) this.drop();
    this.#asked = asked;
    return this.#reading;
  }

  /** Of several answers that were under way the latest counts, where the question is still the same. */
  keep(reading: HeldReading, asked: string): void {
    if (asked !== this.#asked) return;
    if (this.#reading === null || this.#reading.number < reading.number) this.#reading = reading;
  }

  /** The next reading is a whole one. */
  drop(): void {
    this.#reading = null;
  }
}

/**
 * @param settings what to read there: client, configuration file and checkpoint directories
 * @param held what the session holds by now; the answer is added to it
 * @param project what an approved project file says of the host at this moment: its checkpoint directories are read too
 */
export function snapshotRequest(
  settings: HostSettings,
  held = new HeldSnapshot(),
  project: ProjectOnHost | null = null,
): HostRequest<HostSnapshot> {
  const { pueue, pueueConfig } = settings;
  const checkpoints = askedDirectories(settings.checkpoints, project);
  const asked = JSON.stringify([pueue, pueueConfig, checkpoints]);
  const base = held.readingOf(asked);
  return {
    message:
      base === null
        ? { op: 'snapshot', pueue, pueueConfig, checkpoints }
        : // The helper has kept what was asked for with the reading of that number.
          { op: 'again', n: base.number },
    parse: (answer, route) => {
      try {
        return parseSnapshot(settings.name, answer, route, base, (reading) => {
          held.keep(reading, asked);
        });
      } catch (error) {
        // Whatever went wrong, the next answer is to stand by itself.
        held.drop();
        throw error;
      }
    },
  };
}

function parseSnapshot(
  host: string,
  answer: unknown,
  route: Route,
  base: HeldReading | null,
  keep: (reading: HeldReading) => void,
): HostSnapshot {
  const { numbers, sections, queueOf } = isWhole(answer)
    ? wholeReading(host, answer)
    : changedReading(host, answer, base);
  const [number, , takenAt, bootClock, hostMilliseconds, ...commandTimes] = numbers;
  const {
    pueue,
    processes,
    daemonStart = null,
    stateFile = null,
    home,
    bootedAt,
    unreadJournal,
    checkpoints,
  } = sections;
  const { progress: shown = [], sign = null, lineage = noLineage } = sections;
  const { version, commands } = checkOutcome(host, pueue, commandTimes);
  if (processes === undefined) throw new ProblemError(badReply(host, 'it says nothing of the processes of runs'));
  const queue = queueOf();
  if (queue === null) throw new ProblemError(badReply(host, 'the status of pueue has a shape that is not known'));
  if (number !== null) keep({ number, sections, queue });
  return {
    ...{ takenAt, bootedAt, version, home, daemonStart, queue, sign },
    processes: tracingOf(processes, takenAt - (bootClock ?? 0)),
    runSeconds: runSecondsOf(processes, bootClock),
    progress: new Map(shown.map(([id, fraction, modified]) => [id, { fraction, modified }])),
    quarantines: quarantinesOf(checkpoints, sections.quarantines),
    ...{ stateFile, unreadJournal, lineage, checkpoints, commands, hostMilliseconds, route },
  };
}

/** An answer that is not even that is refused as a whole one. */
function isWhole(answer: unknown): boolean {
  const { t } = (answer ?? {}) as { t?: unknown };
  return !Array.isArray(t) || typeof t[1] !== 'number';
}

/** An answer as a whole reading, however it came. The queue comes last: why there is none stands in the sections. */
interface ReadingParts {
  readonly numbers: v.InferOutput<typeof wholeShape>['t'] | v.InferOutput<typeof changesShape>['t'];
  readonly sections: Sections;
  readonly queueOf: () => Queue | null;
}

function wholeReading(host: string, answer: unknown): ReadingParts {
  const { t, s, jobs } = inShape(host, wholeShape, answer);
  return { numbers: t, sections: s, queueOf: () => parseQueue({ tasks: jobs, groups: s.groups }) };
}

function changedReading(host: string, answer: unknown, base: HeldReading | null): ReadingParts {
  const { t, s, jobs, gone } = inShape(host, changesShape, answer);
  if (base?.number !== t[1])
    throw new ProblemError(badReply(host, 'the answer tells changes of a reading that was not asked about'));
  const sections = Object.assign({}, base.sections, s);
  return {
    numbers: t,
    sections,
    queueOf: () => changeQueue(base.queue, { tasks: jobs, gone, groups: sections.groups }),
  };
}

/** @param bootAt when the clock of the boot began, by the wall clock of the host as it is set now */
function tracingOf(found: v.InferOutput<typeof tracing>, bootAt: number): Tracing {
  if ('untraced' in found) return { kind: 'untraced', why: found.untraced };
  const runs = found.runs.map((run) => ({
    ...run,
    processes: run.processes.map(([pid, life, born, argv]) => ({
      pid,
      life,
      since: bootAt + born,
      command: shellLine(argv),
    })),
  }));
  return { kind: 'traced', runs, unseen: found.unseen, refused: found.refused };
}

function runSecondsOf(found: v.InferOutput<typeof tracing>, bootClock: number | null): ReadonlyMap<number, number> {
  if ('untraced' in found || bootClock === null) return new Map();
  return new Map(found.shells.map(([id, born]) => [id, Math.max(0, bootClock - born)]));
}

function directoryOf({ entries, ...found }: v.InferOutput<typeof directory>): CheckpointDirectory {
  // A trailing slash of the setting would stand doubled in the paths of the entries.
  const path = found.path.replace(/(?<=.)\/+$/u, '');
  return { ...found, path, entries: entries.map(entryBelow(path)) };
}

function entryBelow(path: string): (found: v.InferOutput<typeof entry>) => CheckpointEntry {
  const below = path === '/' ? '' : path;
  return ([name, kind, bytes, modified, inode, content = null]) => ({
    ...{ path: `${below}/${name}`, kind, bytes, modified, inode },
    content: content === null ? null : contents[content],
  });
}

function quarantinesOf(directories: readonly CheckpointDirectory[], found: Sections['quarantines']): Quarantine[] {
  return found.flatMap((each, index) => {
    const root = directories[index]?.path;
    if (each === null || root === undefined) return [];
    const folders = each.folders.map(([name, manifest, entries]) => {
      const path = `${each.path}/${name}`;
      const since = Date.parse(name.replace(folderName, '$1-$2-$3T$4:$5:$6Z').slice(0, 20)) / 1000;
      return { path, since, hasManifest: manifest === 1, entries: entries.map(entryBelow(path)) };
    });
    return [{ ...each, root, folders }];
  });
}
