/** The request for what a job's log holds behind a position. */
import * as v from 'valibot';
import type { FollowedPart, FollowRequest } from '../core/follow/followedPart';
import type { HostSettings } from '../core/hostSettings';
import { logDirectoryUnknown, logUnreadable } from '../core/log/logProblems';
import { ProblemError } from '../core/problem';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const answerShape = v.variant('state', [
  v.object({ state: v.literal('gone'), path: v.string() }),
  v.object({ state: v.literal('unreadable'), path: v.nullable(v.string()), error: v.string() }),
  v.object({
    state: v.picklist(['whole', 'rewritten', 'touched']),
    path: v.string(),
    position: v.object({ offset: count, mark: v.string() }),
    skipped: count,
    data: v.string(),
    size: count,
    modified: v.number(),
  }),
]);

export function followRequest({ name, pueueConfig }: HostSettings, asked: FollowRequest): HostRequest<FollowedPart> {
  return {
    message: { op: 'follow', pueueConfig, ...asked },
    parse: (answer) => parsePart(name, asked, answer),
  };
}

function parsePart(host: string, { job }: FollowRequest, answer: unknown): FollowedPart {
  const part = inShape(host, answerShape, answer, 'the answer to a follow has another shape');
  if (part.state === 'gone') return part;
  if (part.state === 'unreadable')
    throw new ProblemError(
      part.path === null ? logDirectoryUnknown(host, job) : logUnreadable(host, job, part.path, part.error),
    );
  const { data, ...rest } = part;
  return { ...rest, bytes: Buffer.from(data, 'base64') };
}
