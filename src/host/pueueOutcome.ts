/** How the helper tells what came of asking pueue, and what that means. Shared by every request that reads the queue. */
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
import { ProblemError } from '../core/problem';
import type { Queue } from '../core/pueue/job';
import { parseQueue } from '../core/pueue/parseQueue';
import { parsePueueVersion, versionSupport, type PueueVersion } from '../core/pueue/version';
import type { RanCommand } from '../core/snapshot';
import { shellLine } from '../core/text/shellQuote';

const command = v.object({ argv: v.array(v.string()), code: v.nullable(v.number()), signal: v.nullable(v.number()) });
const missing = v.object({ missing: v.array(v.string()) });
const notRun = v.object({ notRun: v.string(), error: v.string() });
const ran = v.object({
  version: v.string(),
  commands: v.tuple([command, command]),
  stopped: v.nullable(v.string()),
  complaints: v.array(v.string()),
});

/** What came of asking pueue, without the queue itself. */
export const pueueOutcome = v.union([missing, notRun, ran]);

const timed = v.object({ ...command.entries, ms: v.pipe(v.number(), v.minValue(0)) });
/** The same with the queue and the times in one. */
export const pueueReading = v.union([
  missing,
  notRun,
  v.object({
    ...ran.entries,
    commands: v.tuple([timed, timed]),
    tasks: v.optional(v.unknown()),
    groups: v.optional(v.unknown()),
  }),
]);

/** @throws ProblemError where pueue could not be asked, or its answer is not understood */
export function readQueue(host: string, pueue: v.InferOutput<typeof pueueReading>): Queue {
  checkOutcome(host, pueue, 'commands' in pueue ? pueue.commands.map(({ ms }) => ms) : []);
  const queue = 'commands' in pueue ? parseQueue({ tasks: pueue.tasks, groups: pueue.groups }) : null;
  if (queue === null) throw new ProblemError(badReply(host, 'the status of pueue has a shape that is not known'));
  return queue;
}

/**
 * @param times what each command took, in milliseconds
 * @throws ProblemError where pueue could not be asked, or has not given a whole answer
 */
export function checkOutcome(
  host: string,
  pueue: v.InferOutput<typeof pueueOutcome>,
  times: readonly number[],
): { readonly version: PueueVersion; readonly commands: readonly RanCommand[] } {
  if ('missing' in pueue) throw new ProblemError(pueueMissing(host, pueue.missing));
  if ('notRun' in pueue)
    throw new ProblemError(pueueFailed(host, [pueue.notRun, 'status'], `it cannot be run (${pueue.error})`));
  const [versionCommand, statusCommand] = pueue.commands;
  const [versionMs, statusMs, ...others] = times;
  if (versionMs === undefined || statusMs === undefined || others.length > 0)
    throw new ProblemError(badReply(host, 'it does not say how long its commands took'));
  const version = parsePueueVersion(pueue.version);
  if (version === null)
    throw new ProblemError(badReply(host, `"${shellLine(versionCommand.argv)}" does not tell a version of pueue`));
  if (versionSupport(version) === 'unsupported') throw new ProblemError(versionUnsupported(host, pueue.version));
  if (pueue.stopped === 'timeout') throw new ProblemError(timedOut(host, statusMs));
  if (pueue.stopped !== null)
    throw new ProblemError(badReply(host, `the status was not read to its end (${pueue.stopped})`));
  const { argv } = statusCommand;
  const complaint = pueue.complaints[0];
  if (complaint !== undefined || statusCommand.code !== 0) throw complaintError(host, complaint, argv, pueue);
  const told = ({ argv: words, code }: v.InferOutput<typeof command>, ms: number): RanCommand => ({
    argv: words,
    exitCode: code,
    milliseconds: ms,
  });
  return { version, commands: [told(versionCommand, versionMs), told(statusCommand, statusMs)] };
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
