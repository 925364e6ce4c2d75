/*
 * Keeps one watch of one cluster alive: one long activity, found dead by its heartbeat and begun anew on any worker
 * that polls the cluster's watch queue. Each day a new run, so that the history stays short.
 */
import { continueAsNew, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch/watch-activities.js';
import { taskQueues } from '../domain/names.js';
import type { WatchClusterInput } from '../domain/watch-input.js';
import { dailyWatch, untilDayIsOver } from './daily-watch.js';
import { assertTextFields } from './input-check.js';

export async function watchCluster(input: WatchClusterInput): Promise<void> {
  assertTextFields(input, { names: ['cluster', 'clusterUid'] });
  setCurrentDetails(
    `Watches the Backups of cluster **${input.cluster}** and wakes the workflow of each that needs it.`,
  );
  const { watch } = taskQueues({ prefix: workflowInfo().taskQueue, cluster: input.cluster });
  const { watchObjects } = proxyActivities<WatchActivities>(dailyWatch(watch));
  await untilDayIsOver(watchObjects(input));
  await continueAsNew<typeof watchCluster>(input);
}
