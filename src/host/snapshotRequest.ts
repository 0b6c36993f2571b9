/** The one request behind tree and audit: queue, checkpoints and facts of a host at one moment. */
import * as v from 'valibot';
import {
  badReply,
  daemonDown,
  pueueFailed,
  pueueMissing,
  timedOut,
  versionMismatch,
  versionUnsupported,
} from '../core/hostProblems';
import type { HostSettings } from '../core/hostSettings';
import type { Route } from '../core/route';
import { ProblemError } from '../core/problem';
import { parseQueue } from '../core/pueue/parseQueue';
import { parsePueueVersion, versionSupport } from '../core/pueue/version';
import type { CheckpointDirectory, HostSnapshot, RanCommand, Tracing } from '../core/snapshot';
import { shellLine } from '../core/text/shellQuote';
import type { HostRequest } from './hostRequest';

const milliseconds = v.pipe(v.number(), v.minValue(0));
const command = v.object({
  argv: v.array(v.string()),
  code: v.nullable(v.number()),
  signal: v.nullable(v.number()),
  ms: milliseconds,
});
const entry = v.tuple([
  v.pipe(v.string(), v.minLength(1)),
  v.picklist(['file', 'directory', 'link', 'other']),
  v.nullable(v.number()),
  v.number(),
]);
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
  v.object({ runs: v.array(survivingRun), unseen: v.number(), refused: v.number() }),
  v.object({ untraced: v.string() }),
]);
/** Id of a job, the part of it that is done, and when its log last changed. */
const progress = v.tuple([v.number(), v.pipe(v.number(), v.minValue(0), v.maxValue(1)), v.number()]);
const missing = v.object({ missing: v.array(v.string()) });
const notRun = v.object({ notRun: v.string(), error: v.string() });
const ran = v.object({
  version: v.string(),
  commands: v.tuple([command, command]),
  stopped: v.nullable(v.string()),
  complaints: v.array(v.string()),
  tasks: v.optional(v.unknown()),
  groups: v.optional(v.unknown()),
  daemonStart: v.optional(v.nullable(v.string()), null),
  stateFile: v.optional(v.nullable(v.object({ path: v.string(), bytes: v.number() })), null),
  processes: v.optional(tracing),
  progress: v.optional(v.array(progress), []),
});
/** How the helper tells what pueue said. */
export const pueueReading = v.union([missing, notRun, ran]);
const answerShape = v.object({
  takenAt: v.number(),
  bootedAt: v.nullable(v.number()),
  pueue: pueueReading,
  unreadJournal: v.nullable(v.string()),
  checkpoints: v.array(directory),
  ms: milliseconds,
});

/** @param settings what to read there: client, configuration file and checkpoint directories */
export function snapshotRequest(settings: HostSettings): HostRequest<HostSnapshot> {
  const { pueue, pueueConfig, checkpoints } = settings;
  return {
    message: { op: 'snapshot', pueue, pueueConfig, checkpoints },
    parse: (answer, route) => parseSnapshot(settings.name, answer, route),
  };
}

function parseSnapshot(host: string, answer: unknown, route: Route): HostSnapshot {
  const parsed = v.safeParse(answerShape, answer);
  if (!parsed.success)
    throw new ProblemError(badReply(host, `the helper's answer has another shape (${parsed.issues[0].message})`));
  const { takenAt, bootedAt, pueue, unreadJournal, checkpoints, ms } = parsed.output;
  const { queue, version, commands, daemonStart, processes, stateFile, progress: shown } = readPueue(host, pueue);
  if (processes === undefined) throw new ProblemError(badReply(host, 'it says nothing of the processes of runs'));
  return {
    takenAt,
    bootedAt,
    version,
    daemonStart,
    queue,
    processes: tracingOf(processes),
    progress: new Map(shown.map(([id, fraction, modified]) => [id, { fraction, modified }])),
    stateFile,
    unreadJournal,
    checkpoints: checkpoints.map(directoryOf),
    commands,
    hostMilliseconds: ms,
    route,
  };
}

function tracingOf(found: v.InferOutput<typeof tracing>): Tracing {
  if ('untraced' in found) return { kind: 'untraced', why: found.untraced };
  const runs = found.runs.map((run) => ({
    ...run,
    processes: run.processes.map(([pid, life, since, argv]) => ({ pid, life, since, command: shellLine(argv) })),
  }));
  return { kind: 'traced', runs, unseen: found.unseen, refused: found.refused };
}

function directoryOf({ entries, ...found }: v.InferOutput<typeof directory>): CheckpointDirectory {
  // A trailing slash of the setting would stand doubled in the paths of the entries.
  const path = found.path.replace(/(?<=.)\/+$/u, '');
  const below = path === '/' ? '' : path;
  return {
    ...found,
    path,
    entries: entries.map(([name, kind, bytes, modified]) => ({ path: `${below}/${name}`, kind, bytes, modified })),
  };
}

/** @throws ProblemError where pueue could not be asked, or its answer is not understood */
export function readPueue(host: string, pueue: v.InferOutput<typeof pueueReading>) {
  if ('missing' in pueue) throw new ProblemError(pueueMissing(host, pueue.missing));
  if ('notRun' in pueue)
    throw new ProblemError(pueueFailed(host, [pueue.notRun, 'status'], `it cannot be run (${pueue.error})`));
  const [versionCommand, statusCommand] = pueue.commands;
  const version = parsePueueVersion(pueue.version);
  if (version === null)
    throw new ProblemError(badReply(host, `"${shellLine(versionCommand.argv)}" does not tell a version of pueue`));
  if (versionSupport(version) === 'unsupported') throw new ProblemError(versionUnsupported(host, pueue.version));
  if (pueue.stopped === 'timeout') throw new ProblemError(timedOut(host, statusCommand.ms));
  if (pueue.stopped !== null)
    throw new ProblemError(badReply(host, `the status was not read to its end (${pueue.stopped})`));
  const { argv } = statusCommand;
  const complaint = pueue.complaints[0];
  if (complaint !== undefined || statusCommand.code !== 0) throw complaintError(host, complaint, argv, pueue);
  const queue = parseQueue({ tasks: pueue.tasks, groups: pueue.groups });
  if (queue === null) throw new ProblemError(badReply(host, 'the status of pueue has a shape that is not known'));
  const commands: RanCommand[] = pueue.commands.map((each) => ({
    argv: each.argv,
    exitCode: each.code,
    milliseconds: each.ms,
  }));
  const { daemonStart, processes, stateFile, progress: shown } = pueue;
  return { queue, version, commands, daemonStart, processes, stateFile, progress: shown };
}

/** The helper names what it recognised in pueue's output, most telling first; the words themselves stay on the host. */
function complaintError(
  host: string,
  complaint: string | undefined,
  argv: readonly string[],
  { commands: [, { code, signal }], version }: v.InferOutput<typeof ran>,
): ProblemError {
  switch (complaint) {
    case 'versionMismatch':
      return new ProblemError(versionMismatch(host, version));
    case 'daemonDown':
      return new ProblemError(daemonDown(host, argv));
    case 'notJson':
      return new ProblemError(badReply(host, 'the status of pueue is empty, cut off, or no JSON'));
    case 'notStatus':
      return new ProblemError(badReply(host, 'the status of pueue has a shape that is not known'));
    case 'notPermitted':
      return new ProblemError(pueueFailed(host, argv, 'its socket or secret belongs to another user'));
    case 'badConfig':
      return new ProblemError(pueueFailed(host, argv, 'its configuration file cannot be read'));
    case 'noSuchProfile':
      return new ProblemError(pueueFailed(host, argv, 'its configuration has no such profile'));
    case 'noUserName':
      return new ProblemError(
        pueueFailed(
          host,
          argv,
          'it does not find the name of the user; "shared.unix_socket_path" in its configuration helps',
        ),
      );
    case 'handshakeFailed':
      return new ProblemError(
        pueueFailed(host, argv, 'the daemon ended the greeting; the shared secret may be another one'),
      );
    default: {
      const how = code === null ? `it was ended by signal ${signal ?? 'unknown'}` : `it exited with code ${code}`;
      return new ProblemError(pueueFailed(host, argv, how));
    }
  }
}
