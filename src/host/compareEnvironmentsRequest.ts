/** The request that asks in which names the environments of jobs differ from that of a login shell. It only reads. */
import * as v from 'valibot';
import type { EnvironmentDifference, EnvironmentOwner } from '../core/acts/environmentDifference';
import { unreadableEnvironments } from '../core/acts/actProblems';
import { badReply } from '../core/hostProblems';
import type { HostSettings } from '../core/hostSettings';
import { ProblemError } from '../core/problem';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const names = v.array(v.string());
const difference = v.object({ onlyJob: names, onlyLogin: names, changed: names, noise: names, more: v.number() });
const shape = v.union([
  v.object({ differences: v.array(v.nullable(difference)) }),
  v.object({ refused: v.object({ what: v.fallback(v.string(), 'it says no more') }) }),
]);

/** @returns one answer for each owner, `null` where it is not there any more */
export function compareEnvironmentsRequest(
  { name, pueue, pueueConfig }: HostSettings,
  jobs: readonly EnvironmentOwner[],
): HostRequest<readonly (EnvironmentDifference | null)[]> {
  return {
    message: { op: 'compareEnvironments', pueue, pueueConfig, jobs },
    parse: (answer) => {
      const output = inShape(name, shape, answer);
      if ('refused' in output) throw new ProblemError(unreadableEnvironments(name, output.refused.what));
      if (output.differences.length === jobs.length) return output.differences;
      throw new ProblemError(badReply(name, 'it compares other jobs than were asked about'));
    },
  };
}
