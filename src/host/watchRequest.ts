/** The wait for a change of a host, which starts no program there. */
import * as v from 'valibot';
import { badReply } from '../core/hostProblems';
import type { HostSettings } from '../core/hostSettings';
import { ProblemError } from '../core/problem';
import type { WatchAnswer, WatchRequest } from '../core/watch/watchRequest';
import type { HostRequest } from './hostRequest';

const answerShape = v.object({ sign: v.pipe(v.string(), v.minLength(1)), blind: v.nullable(v.string()) });

export function watchRequest({ name, pueueConfig }: HostSettings, asked: WatchRequest): HostRequest<WatchAnswer> {
  return {
    message: { op: 'watch', pueueConfig, ...asked },
    parse: (answer) => {
      const parsed = v.safeParse(answerShape, answer);
      if (!parsed.success) throw new ProblemError(badReply(name, 'the answer to a watch has another shape'));
      return parsed.output;
    },
  };
}
