import type { RequestAnswer } from '../../domain/retry/request.js';
import type { Review, StartResult } from '../../domain/retry/review.js';
import { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { kubernetesActivity } from '../kubernetes-activity.js';
import { ApplyRequestInput, applyRequest } from './apply-request.js';
import { createFirstJob } from './create-first-job.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { forceDeletePods, type DeletedPods } from './force-delete-pods.js';
import { restartJob, RestartJobInput } from './restart-job.js';
import { reviewBackup } from './review-backup.js';
import { createReviewsFirst, type ReviewsFirst } from './reviews-first.js';

/** The activities of `superviseBackup`. Their names are wire contract. */
export interface BackupActivities {
  reviewBackup(input: SuperviseBackupInput): Promise<Review>;
  createFirstJob(input: SuperviseBackupInput): Promise<StartResult>;
  restartJob(input: RestartJobInput): Promise<StartResult>;
  applyRequest(input: ApplyRequestInput): Promise<RequestAnswer>;
  forceDeletePods(input: SuperviseBackupInput): Promise<DeletedPods>;
}

export function createBackupActivities(
  deps: BackupActivityDependencies,
  order: ReviewsFirst = createReviewsFirst(),
): BackupActivities {
  const { clusterUid } = deps;
  return {
    reviewBackup: kubernetesActivity({ input: SuperviseBackupInput, clusterUid }, (input) =>
      order.review(() => reviewBackup(deps, input)),
    ),
    createFirstJob: kubernetesActivity({ input: SuperviseBackupInput, clusterUid }, (input) =>
      createFirstJob(deps, input),
    ),
    restartJob: kubernetesActivity({ input: RestartJobInput, clusterUid }, (input) =>
      order.afterReviews(() => restartJob(deps, input)),
    ),
    applyRequest: kubernetesActivity({ input: ApplyRequestInput, clusterUid }, (input) =>
      applyRequest(deps, input),
    ),
    forceDeletePods: kubernetesActivity({ input: SuperviseBackupInput, clusterUid }, (input) =>
      forceDeletePods(deps, input),
    ),
  };
}
