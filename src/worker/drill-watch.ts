import type { Client } from '@temporalio/client';
import type { NativeConnection, Worker } from '@temporalio/worker';
import {
  OBSERVE_STEPS,
  type DrillPlansGateway,
  type DrillWatchDependencies,
} from '../activities/drill/drill-watch-dependencies.js';
import { createDrillWatchActivities } from '../activities/drill/drill-watch-activities.js';
import { drillWatchWorkflowId, type TaskQueues } from '../domain/names.js';
import type { DrillMetrics } from '../observability/drill-metrics.js';
import type { Logger } from '../observability/logger.js';
import { drillPlanNames, runningDrills, scheduledPlan } from '../temporal/drill-plans.js';
import { beginDrillObserver } from './drill-observer.js';
import { keepWatch } from './keep-watch.js';
import { createWatchWorker } from './workers.js';

/** Of one question to Temporal. */
const DEADLINE_MS = 10_000;

export interface DrillWatchOptions {
  readonly cluster: string;
  readonly queues: TaskQueues;
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
  readonly openStore: DrillWatchDependencies['openStore'];
  readonly metrics: DrillMetrics;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/**
 * Offers this drill host as the one that observes the plans of its cluster, and makes sure that one does: the metrics of
 * drills need the credentials of the ledgers, which only drill hosts have.
 */
export async function startDrillWatch(options: DrillWatchOptions): Promise<Worker> {
  const { client, cluster, queues, metrics, logger, stopping, openStore } = options;
  metrics.touch(OBSERVE_STEPS);
  const activities = createDrillWatchActivities({
    plans: plansGateway(client),
    openStore,
    beginObserver: () => beginDrillObserver(metrics, logger),
    now: Date.now,
    stopping,
  });
  const { connection, namespace } = options;
  const worker = await createWatchWorker({
    connection,
    namespace,
    taskQueue: queues.drillWatch,
    activities: { ...activities },
  });
  const watch = {
    client,
    workflow: 'watchDrillPlans',
    workflowId: drillWatchWorkflowId(cluster),
    taskQueue: queues.workflows,
    input: { cluster },
    summary: `Watch of the drill plans of cluster ${cluster}`,
  } as const;
  void keepWatch(watch, { logger, signal: stopping });
  return worker;
}

function plansGateway(client: Client): DrillPlansGateway {
  const soon = <T>(ask: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + DEADLINE_MS, ask);
  return {
    names: (cluster) => soon(() => drillPlanNames(client, cluster)),
    scheduled: (name) => soon(() => scheduledPlan(client, name)),
    running: (cluster) => soon(() => runningDrills(client, cluster)),
  };
}
