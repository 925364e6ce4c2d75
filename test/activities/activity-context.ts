import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { BackupActivities } from '../../src/activities/backup/backup-activities.js';

/** Runs each activity in an activity context of its own; only errors are logged. */
export function inActivityContext(activities: BackupActivities): BackupActivities {
  const { reviewBackup, createFirstJob, restartJob, applyRequest, forceDeletePods } = activities;
  const environment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return {
    reviewBackup: (input) => environment().run(reviewBackup, input),
    createFirstJob: (input) => environment().run(createFirstJob, input),
    restartJob: (input) => environment().run(restartJob, input),
    applyRequest: (input) => environment().run(applyRequest, input),
    forceDeletePods: (input) => environment().run(forceDeletePods, input),
  };
}
