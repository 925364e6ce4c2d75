import { fileURLToPath } from 'node:url';
import { Worker, type ActivityInboundCallsInterceptor, type NativeConnection } from '@temporalio/worker';
import type { BackupActivities } from '../activities/backup/backup-activities.js';
import type { RestoreActivities } from '../activities/restore/restore-activities.js';
import type { StressActivities } from '../activities/stress/stress-activities.js';
import type { WatchActivities } from '../activities/watch/watch-activities.js';
import type { TaskQueues } from '../domain/names.js';
import type { Role } from './config.js';

const WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
const SHUTDOWN_GRACE = '30 seconds';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queues: TaskQueues;
  readonly roles: readonly Role[];
  readonly backupActivities: BackupActivities;
  readonly restoreActivities: RestoreActivities;
  readonly stressActivities: StressActivities;
  readonly watchActivities: WatchActivities;
  /** Around each activity of the Kubernetes queue. */
  readonly apiRetry: ActivityInboundCallsInterceptor;
}

/** One Worker per queue that this process serves. The figures were measured: docs/decisions/0004. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { roles } = options;
  return Promise.all([
    ...(roles.includes('orchestrator') ? [workflowWorker(options), kubernetesWorker(options)] : []),
    ...(roles.includes('watch') ? [watchWorker(options)] : []),
  ]);
}

function workflowWorker({ connection, namespace, queues }: WorkersOptions): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue: queues.workflows,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    maxConcurrentWorkflowTaskPolls: 10,
    nonStickyToStickyPollRatio: 0.5,
    stickyQueueScheduleToStartTimeout: '4 seconds',
    maxCachedWorkflows: 1_000,
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
}

function kubernetesWorker({
  connection,
  namespace,
  queues,
  backupActivities,
  restoreActivities,
  apiRetry,
  stressActivities,
}: WorkersOptions): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue: queues.kubernetes,
    activities: { ...backupActivities, ...restoreActivities, ...stressActivities },
    interceptors: { activity: [() => ({ inbound: apiRetry })] },
    maxConcurrentActivityTaskExecutions: 100,
    maxConcurrentActivityTaskPolls: 10,
    // The heartbeat time-out is 5 s: by default the SDK would send one every 4.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
}

function watchWorker({ queues, watchActivities, ...options }: WorkersOptions): Promise<Worker> {
  return createWatchWorker({ ...options, taskQueue: queues.watch, activities: { ...watchActivities } });
}

export interface WatchWorkerOptions extends Pick<WorkersOptions, 'connection' | 'namespace'> {
  readonly taskQueue: string;
  readonly activities: object;
}

/** For one long activity that watches. */
export function createWatchWorker(options: WatchWorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, activities } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    // Who has the watch must not ask for another: frozen, its open poll would swallow the very retry that replaces it.
    maxConcurrentActivityTaskExecutions: 1,
    shutdownGraceTime: SHUTDOWN_GRACE,
    // It heartbeats each second; by default a change of the worker would be noticed late.
    maxHeartbeatThrottleInterval: '2 seconds',
  });
}
