/**
 * The requests that change something, one for each kind of act. Each answer comes as `{ answer }`, or as `{ refused }` where
 * nothing was done; what stands in the journal of the host under `answer` is read by the same parser.
 */
import * as v from 'valibot';
import {
  actBroken,
  actsNotSupported,
  actWithoutOutcome,
  changedGround,
  heldOpen,
  impossibleAct,
  lockBusy,
  noJournal,
  noLock,
  noSnapshot,
  notOldEnough,
  processesLive,
  unreadableQueue,
  untracedRun,
} from '../core/acts/actProblems';
import type { ActAnswer, AddAnswer, AnswerOf, EmergencyAnswer, HostAct } from '../core/acts/hostAct';
import { badReply } from '../core/hostProblems';
import { jobStateNames } from '../core/pueue/job';
import type { HostSettings } from '../core/hostSettings';
import { ProblemError, type Problem } from '../core/problem';
import { maskedLine } from '../core/text/maskSecrets';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';
const command = v.pipe(
  v.object({ argv: v.array(v.string()), code: v.nullable(v.number()), ms: v.number() }),
  v.transform(({ argv, code, ms }) => ({ argv, exitCode: code, milliseconds: ms })),
);
const answerEntries = {
  targets: v.array(
    v.object({
      target: v.string(),
      outcome: v.picklist(['done', 'alreadySo', 'refused', 'failed', 'lost', 'cancelled']),
      why: v.nullable(v.string()),
    }),
  ),
  commands: v.array(command),
  noticed: v.optional(v.array(v.string()), []),
  recorded: v.optional(v.boolean(), true),
};
const added = v.object({
  key: v.string(),
  outcome: v.picklist(['added', 'adopted', 'refused', 'lost']),
  newId: v.nullable(v.number()),
  createdAt: v.nullable(v.string()),
  why: v.nullable(v.string()),
});
const answerShape = v.object(answerEntries);
const addShape = v.object({ ...answerEntries, added: v.array(added) });
const emergencyShape = v.object({
  ...answerEntries,
  snapshot: v.object({ path: v.string(), bytes: v.number(), jobs: v.number() }),
  live: v.nullable(
    v.array(
      v.object({
        id: v.number(),
        createdAt: v.string(),
        start: v.nullable(v.string()),
        state: v.picklist(jobStateNames),
      }),
    ),
  ),
});
const shapes = { add: addShape, emergency: emergencyShape } as const;
const holder = v.object({ user: v.string(), what: v.string(), since: v.number(), pid: v.number() });
const refusedShape = v.object({
  code: v.string(),
  error: v.optional(v.string()),
  what: v.optional(v.string()),
  holder: v.fallback(v.optional(v.nullable(holder)), null),
});

/** An act that ended in the middle: why, and what it had run. */
const brokenShape = v.object({ broken: refusedShape, commands: v.array(command) });

export interface ActRequest<Answer> extends HostRequest<Answer> {
  /** Reads an answer that stands in the journal of the host. */
  parseRecorded(answer: unknown): Answer;
}

/** @param now seconds since the epoch */
export function actRequest<A extends HostAct>(
  { name, pueue, pueueConfig }: HostSettings,
  act: A,
  now: () => number,
): ActRequest<AnswerOf<A>> {
  const ofKind = act.kind === 'add' || act.kind === 'emergency' ? shapes[act.kind] : answerShape;
  const shape = ofKind as unknown as v.GenericSchema<unknown, (ActAnswer | AddAnswer | EmergencyAnswer) & AnswerOf<A>>;
  const parseRecorded = (answer: unknown): AnswerOf<A> => {
    // Near a full disk the end of an act is recorded without what came of it.
    if (answer === null) throw new ProblemError(actWithoutOutcome(name));
    const broken = v.safeParse(brokenShape, answer);
    if (broken.success) {
      const { code, error = '', what = '' } = broken.output.broken;
      const begun = broken.output.commands.map(({ argv }) => maskedLine(argv));
      throw new ProblemError(actBroken(name, [code, error, what].filter(Boolean).join(' '), begun));
    }
    return inShape(name, shape, answer);
  };
  const { id, kind, ...rest } = act;
  return {
    message: { op: `act.${kind}`, act: id, pueue, pueueConfig, ...rest },
    parseRecorded,
    parse: (message) => {
      const { answer, refused } = (message ?? {}) as { answer?: unknown; refused?: unknown };
      if (refused === undefined) return parseRecorded(answer);
      throw new ProblemError(refusal(name, refused, now()));
    },
  };
}

function refusal(host: string, message: unknown, now: number): Problem {
  const parsed = v.safeParse(refusedShape, message);
  if (!parsed.success) return badReply(host, 'it refuses the act in words that are not known');
  const { code, error = '', what = '', holder: by } = parsed.output;
  switch (code) {
    case 'busy':
      return lockBusy(host, by ?? null, now);
    case 'noJournal':
      return noJournal(host, error);
    case 'noSnapshot':
      return noSnapshot(host, error, what);
    case 'noLock':
      return noLock(host, error);
    case 'unreadable':
      return unreadableQueue(host, what);
    case 'oldPueue':
      return actsNotSupported(host, what);
    case 'survivors':
      return processesLive(host, what);
    case 'stale':
      return changedGround(host, what);
    case 'untraced':
      return untracedRun(host, what);
    case 'impossible':
      return impossibleAct(host, what);
    case 'heldOpen':
      return heldOpen(host, what);
    case 'notOld':
      return notOldEnough(host, what);
    default:
      return badReply(host, `it refuses the act: ${code}`);
  }
}
