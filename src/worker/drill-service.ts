import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { DrillActivityDependencies } from '../activities/drill/dependencies.js';
import { createDrillActivities } from '../activities/drill/drill-activities.js';
import { openDrillHost, type DrillHost } from '../activities/drill/drill-host.js';
import { sweepWorkDir } from '../activities/drill/sweep-work-dir.js';
import type { TaskQueues } from '../domain/names.js';
import type { Logger } from '../observability/logger.js';
import { nodeWarning } from '../storage/sdk-node-warning.js';
import { openRun } from '../temporal/open-run.js';
import type { WorkerConfig } from './config.js';
import { waitFor } from './wait-for.js';

/** What a drill that was terminated left is found within this. */
const SWEEP_EVERY_MS = 60_000;
/** Programs get SIGTERM, and SIGKILL some seconds later. */
const SHUTDOWN_GRACE = '30 seconds';

export interface DrillServiceOptions {
  readonly work: NonNullable<WorkerConfig['work']>;
  /** Prefix of all task queues. */
  readonly prefix: string;
  readonly queues: TaskQueues;
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
  /** How this host does its work. */
  readonly means: Pick<DrillActivityDependencies, 'rungs' | 'openStore' | 'damageCopy'>;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/** This process as a drill host. */
export interface DrillService {
  readonly workers: readonly Worker[];
  /** After the workers have ended: leaves no folder, program or socket. */
  readonly end: () => Promise<void>;
}

/** @returns `undefined` when the process was told to end before it began */
export async function startDrillService(options: DrillServiceOptions): Promise<DrillService | undefined> {
  const { work, prefix, logger, stopping } = options;
  const host = await waitFor(
    () => openDrillHost({ prefix, workDir: work.dir, limitBytes: work.limitBytes }),
    {
      what: `work directory ${work.dir}`,
      logger,
      signal: stopping,
    },
  );
  if (host === undefined) return undefined;
  const swept = await waitFor(() => sweep(options, host), {
    what: 'removing what earlier drills left',
    logger,
    signal: stopping,
  });
  if (swept === undefined) return undefined;
  const { anyHost, thisHost, closeAll } = createDrillActivities({
    host,
    ...options.means,
    stopping,
    now: Date.now,
  });
  const workers = await Promise.all([
    drillWorker(options, { taskQueue: options.queues.drill, activities: { ...anyHost } }),
    drillWorker(options, { taskQueue: host.taskQueue, activities: { ...thisHost } }),
  ]);
  logger.info({ host: host.id, workDir: host.workDir, queue: host.taskQueue }, 'serving as a drill host');
  const warning = nodeWarning(process.version);
  if (warning !== undefined) logger.warn(warning);
  void keepSweeping(options, host);
  return { workers, end: closeAll };
}

function drillWorker(
  { connection, namespace }: DrillServiceOptions,
  { taskQueue, activities }: { taskQueue: string; activities: object },
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    maxConcurrentActivityTaskExecutions: 20,
    // A cancellation comes with the answer to a heartbeat.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
}

async function keepSweeping(options: DrillServiceOptions, host: DrillHost): Promise<void> {
  const { logger, stopping } = options;
  while (!stopping.aborted) {
    await delay(SWEEP_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined); // told to end
    if (stopping.aborted) return;
    await sweep(options, host).catch((failure: unknown) => {
      const reason = failure instanceof Error ? failure.message : String(failure);
      logger.warn({ reason }, 'what drills left could not be removed, trying again');
    });
  }
}

async function sweep({ client, logger }: DrillServiceOptions, { workDir }: DrillHost): Promise<true> {
  const removed = await sweepWorkDir({
    workDir,
    isOpen: async (drill) => (await openRun(client, drill)) !== undefined,
  });
  if (removed.length > 0) logger.warn({ removed }, 'removed what drills left that are over');
  return true;
}
