import { setTimeout as delay } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import { isOwnedBy } from '../../domain/kubernetes/owned-by.js';
import type { Job } from '../../domain/kubernetes/job.js';
import type { ReviewRestoreInput } from '../../domain/replication/restore-input.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import { jobReference } from '../../kubernetes/jobs.js';
import type { JudgedRestore } from '../../kubernetes/judge-restore.js';
import { livePodsOf } from '../../kubernetes/see-restore.js';
import { waitUntilGone } from '../../kubernetes/wait-until-gone.js';
import { onFreshRead } from '../on-fresh-read.js';
import type { RestoreActivityContext } from './dependencies.js';
import { judgeLive } from './judge-live.js';
import { reviewRestore } from './review-restore.js';

/** After this long the workflow looks again: many hanging pods must not keep others from being looked after. */
const GIVE_BACK_AFTER_MS = 60_000;
const POD_PAUSE_MS = 500;

/**
 * Deletes the Jobs of this Restore that the decision names, waits until none of its pods runs, and looks again. A pod
 * that hangs does not end the wait: what a running BR relies on is taken away only after it.
 */
export async function stopRestoreJobs(
  deps: RestoreActivityContext,
  input: ReviewRestoreInput,
): Promise<RestoreReview> {
  const judged = await onFreshRead(() => deleteJobs(deps, input));
  if (judged !== undefined) await waitForPods(deps, judged);
  return reviewRestore(deps, input);
}

/** @returns `undefined` where nothing is to be stopped (any more) */
async function deleteJobs(
  deps: RestoreActivityContext,
  input: ReviewRestoreInput,
): Promise<JudgedRestore | undefined> {
  const judged = await judgeLive(deps, input);
  if (judged?.decision.kind !== 'StopJobs') return undefined;
  for (const job of jobsToStop(judged)) {
    const { namespace, name, uid, resourceVersion, deletionTimestamp } = job.metadata;
    if (deletionTimestamp !== undefined) continue;
    await deps.api.delete(jobReference({ namespace, name }), { uid, resourceVersion });
    log.info('restore: Job deleted', { namespace, restore: input.name, job: name });
  }
  return judged;
}

/** Ours alone: a Job of the same name may be a predecessor's. */
function jobsToStop({ seen: { restore, jobs }, decision }: JudgedRestore): Job[] {
  const steps = decision.kind === 'StopJobs' ? decision.steps : [];
  return steps
    .map((step) => jobs[step])
    .filter((job) => job !== undefined)
    .filter((job) => isOwnedBy(job, restore.metadata.uid));
}

async function waitForPods(deps: RestoreActivityContext, judged: JudgedRestore): Promise<void> {
  const { api, deletions } = deps;
  const endMs = Date.now() + GIVE_BACK_AFTER_MS;
  for (const job of jobsToStop(judged)) {
    await waitUntilGone(api, { job, timeoutMs: Math.max(0, endMs - Date.now()), deletions });
  }
  // Whoever deleted a Job without its pods left them behind: they have no Job to wait for.
  while ((await livePodsOf(api, judged.seen.restore)).length > 0 && Date.now() < endMs) {
    await delay(POD_PAUSE_MS);
  }
}
