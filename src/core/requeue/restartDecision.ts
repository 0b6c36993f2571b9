/**
 * What the decision between resume and refresh says of a job that is to start again in place: by the same table as a requeue.
 * Its command runs as it was stored, so a refresh cannot be done there.
 */
import type { CheckpointDecision } from '../acts/restartPlan';
import { entryTarget } from '../acts/targets';
import type { Job } from '../pueue/job';
import { factsOf, sharedCheckpoint, wasKilled } from './planRow';
import { decideRefresh, mayResume } from './refreshDecision';
import type { CheckpointsOfJob } from './requeuePlan';

/**
 * @param checkpointsOf what is known of the checkpoints of a job
 * @param refreshFlag the flag that makes a program begin anew; `null` where none is known
 */
export function restartDecision(
  checkpointsOf: (job: Job) => CheckpointsOfJob,
  refreshFlag: string | null,
): (job: Job) => CheckpointDecision {
  return (job) => {
    const source = { job, snapshotId: null };
    const checkpoints = checkpointsOf(job);
    const facts = factsOf(source, checkpoints, { refreshFlag, word: 'notSaid', database: () => 'notAvailable' });
    const { answer, reason } = decideRefresh(facts);
    const judgements = checkpoints.kind === 'judged' ? checkpoints.judgements : [];
    const refuse = (why: string): CheckpointDecision => ({ kind: 'refuse', why });
    if (answer === 'refuse') return refuse(judgements.find(({ state }) => state === 'active')?.reason ?? reason);
    const shared = sharedCheckpoint(job, judgements);
    if (shared !== null) return refuse(shared);
    if (!mayResume(facts)) return refuse(`${reason} It is never resumed from. ${requeueIt}`);
    if (answer === 'refresh') return refuse(`${reason} ${requeueIt}`);
    if (facts.flag === 'present' && facts.checkpoint !== 'none')
      return refuse('Its command carries the refresh flag, and would drop its checkpoint. Requeue… decides on both.');
    if (facts.flag === 'cannotTell' && facts.checkpoint !== 'none') return refuse(`${reason} Requeue… asks.`);
    const kept = judgements.map(({ entry }) => entryTarget(entry));
    if (!wasKilled(source) || facts.checkpoint === 'none') return { kind: 'resume', kept, consent: null };
    return {
      ...{ kind: 'resume', kept },
      consent:
        checkpoints.kind === 'notKnown'
          ? `Job ${job.id} was killed and has no checkpoint that we can see: ${checkpoints.why}.`
          : `Job ${job.id} was killed, and goes on from the checkpoint that it left.`,
    };
  };
}

const requeueIt = 'A refresh cannot be done in place, since the flag cannot be added to a stored command: requeue it.';
