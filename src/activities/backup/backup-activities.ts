import type { Review, StartResult } from '../../domain/retry/review.js';
import { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { kubernetesActivity } from '../kubernetes-activity.js';
import { createFirstJob } from './create-first-job.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { restartJob, RestartJobInput } from './restart-job.js';
import { reviewBackup } from './review-backup.js';

/** The activities of `superviseBackup`. Their names are wire contract. */
export interface BackupActivities {
  reviewBackup(input: SuperviseBackupInput): Promise<Review>;
  createFirstJob(input: SuperviseBackupInput): Promise<StartResult>;
  restartJob(input: RestartJobInput): Promise<StartResult>;
}

export function createBackupActivities(deps: BackupActivityDependencies): BackupActivities {
  const { clusterUid } = deps;
  return {
    reviewBackup: kubernetesActivity({ input: SuperviseBackupInput, clusterUid }, (input) =>
      reviewBackup(deps, input),
    ),
    createFirstJob: kubernetesActivity({ input: SuperviseBackupInput, clusterUid }, (input) =>
      createFirstJob(deps, input),
    ),
    restartJob: kubernetesActivity({ input: RestartJobInput, clusterUid }, (input) =>
      restartJob(deps, input),
    ),
  };
}
