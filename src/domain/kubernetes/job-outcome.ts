import { parseTime } from '../time.js';
import type { Job, JobCondition } from './job.js';

export type JobOutcome = 'running' | 'complete' | 'failed';

/** `FailureTarget` is not an end: Kubernetes says Failed only when the last pod is gone. */
export function jobOutcome(job: Job): JobOutcome {
  if (trueCondition(job, 'Failed') !== undefined) return 'failed';
  return trueCondition(job, 'Complete') === undefined ? 'running' : 'complete';
}

/** When the Job ended, epoch milliseconds; `undefined` while it runs. */
export function jobEndedAtMs(job: Job): number | undefined {
  const end = trueCondition(job, 'Failed') ?? trueCondition(job, 'Complete');
  return parseTime(end?.lastTransitionTime);
}

export function trueCondition(job: Job, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}
