import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { BackupActivities } from '../../src/activities/backup/backup-activities.js';
import type { RestoreActivities } from '../../src/activities/restore/restore-activities.js';

/** Runs each activity in an activity context of its own; only errors are logged. */
export function inActivityContext(activities: BackupActivities): BackupActivities {
  const { reviewBackup, createFirstJob, restartJob, applyRequest, forceDeletePods } = activities;
  return {
    reviewBackup: (input) => activityEnvironment().run(reviewBackup, input),
    createFirstJob: (input) => activityEnvironment().run(createFirstJob, input),
    restartJob: (input) => activityEnvironment().run(restartJob, input),
    applyRequest: (input) => activityEnvironment().run(applyRequest, input),
    forceDeletePods: (input) => activityEnvironment().run(forceDeletePods, input),
  };
}

export function restoresInActivityContext(activities: RestoreActivities): RestoreActivities {
  const { adoptRestore, reviewRestore, createRestoreJob, stopRestoreJobs } = activities;
  return {
    adoptRestore: (input) => activityEnvironment().run(adoptRestore, input),
    reviewRestore: (input) => activityEnvironment().run(reviewRestore, input),
    createRestoreJob: (input) => activityEnvironment().run(createRestoreJob, input),
    stopRestoreJobs: (input) => activityEnvironment().run(stopRestoreJobs, input),
  };
}

export function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}
