import {
  CreateRestoreJobInput,
  ReviewRestoreInput,
  RunReplicationRestoreInput,
} from '../../domain/replication/restore-input.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import { kubernetesActivity } from '../kubernetes-activity.js';
import { adoptRestore, type Adoption } from './adopt-restore.js';
import { createRestoreJob } from './create-restore-job.js';
import type { RestoreActivityDependencies } from './dependencies.js';
import { reviewRestore } from './review-restore.js';
import { stopRestoreJobs } from './stop-restore-jobs.js';

/** The activities of `runReplicationRestore`; all but the first end with a new look. Their names are wire contract. */
export interface RestoreActivities {
  adoptRestore(input: RunReplicationRestoreInput): Promise<Adoption>;
  reviewRestore(input: ReviewRestoreInput): Promise<RestoreReview>;
  createRestoreJob(input: CreateRestoreJobInput): Promise<RestoreReview>;
  stopRestoreJobs(input: ReviewRestoreInput): Promise<RestoreReview>;
}

export function createRestoreActivities(deps: RestoreActivityDependencies): RestoreActivities {
  const { clusterUid } = deps;
  return {
    adoptRestore: kubernetesActivity({ input: RunReplicationRestoreInput, clusterUid }, (input) =>
      adoptRestore(deps, input),
    ),
    reviewRestore: kubernetesActivity({ input: ReviewRestoreInput, clusterUid }, (input) =>
      reviewRestore(deps, input),
    ),
    createRestoreJob: kubernetesActivity({ input: CreateRestoreJobInput, clusterUid }, (input) =>
      createRestoreJob(deps, input),
    ),
    stopRestoreJobs: kubernetesActivity({ input: ReviewRestoreInput, clusterUid }, (input) =>
      stopRestoreJobs(deps, input),
    ),
  };
}
