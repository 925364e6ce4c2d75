import {
  CreateRestoreJobInput,
  ReviewRestoreInput,
  RunReplicationRestoreInput,
} from '../../domain/replication/restore-input.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import { createRecentSet } from '../../kubernetes/recent-set.js';
import { kubernetesActivity } from '../kubernetes-activity.js';
import { adoptRestore, type Adoption } from './adopt-restore.js';
import type { RestoreActivityContext, RestoreActivityDependencies } from './dependencies.js';
import { reviewRestore } from './review-restore.js';
import { stopRestoreJobs } from './stop-restore-jobs.js';

/** Events of more restores than run at a time; some hundred bytes each. */
const MAX_TOLD = 10_000;

/** The activities of `runReplicationRestore`; all but the first end with a new look. Their names are wire contract. */
export interface RestoreActivities {
  adoptRestore(input: RunReplicationRestoreInput): Promise<Adoption>;
  reviewRestore(input: ReviewRestoreInput): Promise<RestoreReview>;
  /** A review, as every one creates the Job that is due: workers of 0.3.0 asked for it in a call of its own. */
  createRestoreJob(input: CreateRestoreJobInput): Promise<RestoreReview>;
  stopRestoreJobs(input: ReviewRestoreInput): Promise<RestoreReview>;
}

export function createRestoreActivities(deps: RestoreActivityDependencies): RestoreActivities {
  const { clusterUid } = deps;
  const own: RestoreActivityContext = { ...deps, told: createRecentSet(MAX_TOLD) };
  return {
    adoptRestore: kubernetesActivity({ input: RunReplicationRestoreInput, clusterUid }, (input) =>
      adoptRestore(deps, input),
    ),
    reviewRestore: kubernetesActivity({ input: ReviewRestoreInput, clusterUid }, (input) =>
      reviewRestore(own, input),
    ),
    createRestoreJob: kubernetesActivity({ input: CreateRestoreJobInput, clusterUid }, (input) =>
      reviewRestore(own, input),
    ),
    stopRestoreJobs: kubernetesActivity({ input: ReviewRestoreInput, clusterUid }, (input) =>
      stopRestoreJobs(own, input),
    ),
  };
}
