/*
 * Keeps one observer of a cluster's drill plans alive, on any drill host: what it finds in Schedules and ledgers is
 * exported as metrics by the host that has it, and by no other. Each day a new run.
 */
import { continueAsNew, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { DrillWatchActivities } from '../activities/drill/drill-watch-activities.js';
import type { WatchDrillPlansInput } from '../domain/drill/watch-drill-plans-input.js';
import { taskQueues } from '../domain/names.js';
import { dailyWatch, untilDayIsOver } from './daily-watch.js';
import { assertTextFields } from './input-check.js';

export async function watchDrillPlans(input: WatchDrillPlansInput): Promise<void> {
  assertTextFields(input, { names: ['cluster'] });
  setCurrentDetails(
    `Observes the drill plans of cluster **${input.cluster}**: their Schedules and ledgers, as metrics of one drill host.`,
  );
  const { drillWatch } = taskQueues({ prefix: workflowInfo().taskQueue, cluster: input.cluster });
  const { observeDrillPlans } = proxyActivities<DrillWatchActivities>(dailyWatch(drillWatch));
  await untilDayIsOver(observeDrillPlans(input));
  await continueAsNew<typeof watchDrillPlans>(input);
}
