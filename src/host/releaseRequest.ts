/** The request that journals a process as no part of a job. It is an act: who sends it never sends it twice by itself. */
import * as v from 'valibot';
import type { ProcessRelease, ReleaseOutcome } from '../core/release';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const answerShape = v.union([
  v.object({ outcome: v.picklist(['done', 'alreadySo', 'gone']) }),
  v.object({ outcome: v.literal('failed'), error: v.string() }),
]);

export function releaseRequest(host: string, { job, life }: ProcessRelease): HostRequest<ReleaseOutcome> {
  return {
    message: { op: 'releaseProcess', life, job },
    parse: (answer) => {
      const output = inShape(host, answerShape, answer);
      return output.outcome === 'failed' ? { kind: 'failed', why: output.error } : { kind: output.outcome };
    },
  };
}
