/** What is known of the checkpoints of each job: nothing found is "none" only where everything was looked at and understood. */
import type { JudgedCheckpoints } from '../checkpoint/judgedCheckpoints';
import { ParametersOfJobs } from '../checkpoint/jobParameters';
import type { Job } from '../pueue/job';
import { checkpointsComplete, type HostSnapshot } from '../snapshot';
import type { ProjectOnHost } from '../project/projectOnHost';
import type { CheckpointsOfJob } from './requeuePlan';

export function checkpointsOfJobs(
  { checkpoints }: HostSnapshot,
  judged: JudgedCheckpoints,
  project: ProjectOnHost | null,
): (job: Job) => CheckpointsOfJob {
  const unknown = whyUnknown(checkpoints, judged, project);
  const parameters = project === null ? null : new ParametersOfJobs(project);
  return (job) => {
    const judgements = judged.checkpointsOf(job);
    if (judgements.length > 0) return { kind: 'judged', judgements };
    if (unknown !== null) return { kind: 'notKnown', why: unknown };
    // A job whose parameters are not known can own any of the files.
    return parameters === null || parameters.of(job).all.size === 0
      ? { kind: 'notKnown', why: 'neither its label nor its command says which checkpoint is its own' }
      : { kind: 'judged', judgements: [] };
  };
}

function whyUnknown(
  directories: HostSnapshot['checkpoints'],
  judged: JudgedCheckpoints,
  project: ProjectOnHost | null,
): string | null {
  if (directories.length === 0) return 'no checkpoint directory is configured';
  if (!checkpointsComplete(directories)) return 'a checkpoint directory could not be read to its end';
  if (!(project?.checkpoints ?? []).some(({ pattern }) => pattern !== null))
    return 'no project file says whose checkpoint a name is';
  const entries = directories.flatMap(({ entries: listed }) => listed);
  return entries.some(({ path }) => judged.of(path)?.state === 'unjudged')
    ? 'of some entries it is not known whose they are'
    : null;
}
