import { jobEndedAtMs, jobOutcome, trueCondition } from '../kubernetes/job-outcome.js';
import { isOwnedBy } from '../kubernetes/owned-by.js';
import { RESTORE_JOB_STEPS, type RestoreJobStep } from './restore-step.js';
import type { SeenRestore } from './seen-restore.js';

/** What one Job of a Restore says. Found by its name, then by the UID of its owner. */
export type RestoreJobObservation =
  | { readonly state: 'absent' }
  /** The name is a deleted predecessor's: absent for whoever reads, in the way of whoever creates. */
  | { readonly state: 'foreign' }
  | { readonly state: 'running' }
  | { readonly state: 'complete'; readonly endedAtMs: number | undefined }
  | { readonly state: 'failed'; readonly message: string };

export function observeRestoreJob(
  { restore, jobs, lastWords }: Pick<SeenRestore, 'restore' | 'jobs' | 'lastWords'>,
  step: RestoreJobStep,
): RestoreJobObservation {
  const job = jobs[step];
  if (job === undefined) return { state: 'absent' };
  if (!isOwnedBy(job, restore.metadata.uid)) return { state: 'foreign' };
  switch (jobOutcome(job)) {
    case 'running':
      return { state: 'running' };
    case 'complete':
      return { state: 'complete', endedAtMs: jobEndedAtMs(job) };
    case 'failed': {
      const { reason, message } = trueCondition(job, 'Failed') ?? {};
      const why = [reason, message, lastWords?.[step]]
        .filter((part) => part !== undefined && part !== '')
        .join(': ');
      return { state: 'failed', message: `Job ${job.metadata.name} failed${why === '' ? '' : `: ${why}`}` };
    }
  }
}

/** The steps whose Jobs are this Restore's and have not ended. */
export function runningSteps(seen: Pick<SeenRestore, 'restore' | 'jobs'>): RestoreJobStep[] {
  return RESTORE_JOB_STEPS.filter((step) => observeRestoreJob(seen, step).state === 'running');
}
