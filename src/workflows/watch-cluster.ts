/*
 * Keeps one watch of one cluster alive: one long activity, found dead by its heartbeat and begun anew on any worker
 * that polls the cluster's watch queue. Each day a new run, so that the history stays short.
 */
import {
  ActivityFailure,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch/watch-activities.js';
import { taskQueues } from '../domain/names.js';
import type { WatchClusterInput } from '../domain/watch-input.js';
import { assertTextFields } from './input-check.js';

export async function watchCluster(input: WatchClusterInput): Promise<void> {
  assertTextFields(input, { names: ['cluster', 'clusterUid'] });
  setCurrentDetails(
    `Watches the Backups of cluster **${input.cluster}** and wakes the workflow of each that needs it.`,
  );
  const { watchObjects } = proxyActivities<WatchActivities>({
    taskQueue: taskQueues({ prefix: workflowInfo().taskQueue, cluster: input.cluster }).watch,
    // The day ends the activity together with its retries; a start-to-close time-out alone would be retried.
    scheduleToCloseTimeout: '24 hours',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 1 },
  });
  try {
    await watchObjects(input);
  } catch (failure) {
    if (!isDailyEnd(failure)) throw failure;
  }
  await continueAsNew<typeof watchCluster>(input);
}

function isDailyEnd(failure: unknown): boolean {
  return failure instanceof ActivityFailure && failure.cause instanceof TimeoutFailure;
}
