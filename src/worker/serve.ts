import { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { taskQueues, watchWorkflowId, type TaskQueues } from '../domain/names.js';
import type { WatchClusterInput } from '../domain/watch-input.js';
import type { KubernetesConnection } from '../kubernetes/connection.js';
import { createDrillMetrics, type DrillMetrics } from '../observability/drill-metrics.js';
import { serveEndpoints } from '../observability/http-endpoints.js';
import type { Logger } from '../observability/logger.js';
import { createWorkerMetrics, type WorkerMetrics } from '../observability/metrics.js';
import type { TemporalSettings } from '../temporal/connection-settings.js';
import { missingSearchAttributes } from '../temporal/search-attributes.js';
import { clusterWorkers } from './cluster-workers.js';
import type { WorkerConfig } from './config.js';
import { countersAtZero } from './counters-at-zero.js';
import { keepWatch, type WatchToKeep } from './keep-watch.js';
import { reachCluster, type ReachedCluster } from './reach-cluster.js';
import { readiness } from './readiness.js';
import { freeMetricsAddress, installRuntime } from './runtime.js';
import { serveDrills } from './serve-drills.js';
import { waitFor } from './wait-for.js';

export interface ServeOptions {
  readonly config: WorkerConfig;
  /** `undefined`: no role asks for it. */
  readonly kubernetes: KubernetesConnection | undefined;
  readonly cluster: string;
  readonly temporal: TemporalSettings;
  readonly logger: Logger;
  /** Aborted when the process is told to end. */
  readonly stopping: AbortSignal;
}

/** Waits for its servers, works until told to end, and closes everything in order. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, logger } = options;
  const metricsAddress = await freeMetricsAddress();
  const metrics = createWorkerMetrics(options);
  countersAtZero(metrics);
  const drillMetrics = createDrillMetrics(options);
  const kubernetes = options.kubernetes && { ...options.kubernetes, onAttempt: metrics.api.attempted };
  const ready = readiness([...(kubernetes === undefined ? [] : ['Kubernetes']), 'Temporal']);
  const endpoints = await serveEndpoints({
    ...config.listen,
    registries: () => [...metrics.registries(), ...drillMetrics.registries()],
    sdkMetricsUrl: `http://${metricsAddress}/metrics`,
    notReady: ready.missing,
  });
  logger.info({ host: config.listen.host, port: endpoints.port }, 'serving /metrics, /healthz and /readyz');
  try {
    await work({ ...options, kubernetes, metrics, drillMetrics, metricsAddress, ready });
  } finally {
    await endpoints.close();
    await kubernetes?.close();
  }
}

type WorkOptions = ServeOptions & {
  metrics: WorkerMetrics;
  drillMetrics: DrillMetrics;
  metricsAddress: string;
  ready: ReturnType<typeof readiness>;
};

async function work(options: WorkOptions): Promise<void> {
  const { logger, temporal, stopping: signal, ready } = options;
  const reach = { logger, signal };
  const cluster = await reachCluster(options);
  if (cluster === undefined) return;
  installRuntime(options);
  const connection = await waitFor(() => NativeConnection.connect(temporal.connectionOptions), {
    ...reach,
    what: `Temporal at ${temporal.address}`,
  });
  if (connection === undefined) return;
  try {
    const registered = await waitFor(() => assertSearchAttributes(connection, temporal), {
      ...reach,
      what: 'search attributes',
    });
    if (registered === undefined) return;
    // From here on every call is made once: what it belongs to is repeated, the watch by itself, an activity by Temporal.
    ready.watch({ api: cluster === 'none' ? undefined : cluster.api, connection });
    await runWorkers({ ...options, connection, reached: cluster });
  } finally {
    await connection.close();
  }
}

async function assertSearchAttributes(
  connection: NativeConnection,
  { namespace }: TemporalSettings,
): Promise<true> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return true;
  throw new Error(`namespace ${namespace} lacks ${missing.join(', ')}: run 'holdfast doctor --fix'`);
}

interface RunOptions extends WorkOptions {
  readonly reached: ReachedCluster | 'none';
  readonly connection: NativeConnection;
}

async function runWorkers(options: RunOptions): Promise<void> {
  const { config, cluster, connection, temporal, logger, stopping, reached } = options;
  const { namespace } = temporal;
  const prefix = config.taskQueue;
  const queues = taskQueues({ prefix, cluster });
  const client = new Client({ connection, namespace });
  const base = { connection, namespace, queues };
  const drills = await serveDrills({
    ...base,
    cluster,
    prefix,
    client,
    logger,
    stopping,
    work: config.work,
    metrics: options.drillMetrics,
  });
  const others = reached === 'none' ? [] : await clusterWorkers({ ...options, ...base, client, reached });
  const workers = [...others, ...(drills?.workers ?? [])];
  options.ready.watchWorkers(workers);
  if (config.roles.includes('watch') && reached !== 'none') {
    const input = { cluster, clusterUid: reached.clusterUid };
    void keepWatch(clusterWatch({ client, input, queues }), { logger, signal: stopping });
  }
  logger.info({ cluster, queues, roles: config.roles }, 'working');
  try {
    await runUntil(workers, stopping);
  } finally {
    await drills?.end();
  }
}

function clusterWatch(watch: { client: Client; input: WatchClusterInput; queues: TaskQueues }): WatchToKeep {
  const { client, input, queues } = watch;
  return {
    client,
    input,
    workflow: 'watchCluster',
    workflowId: watchWorkflowId(input.cluster),
    taskQueue: queues.workflows,
    summary: `Watch of cluster ${input.cluster}`,
  };
}

async function runUntil(workers: readonly Worker[], stopping: AbortSignal): Promise<void> {
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) =>
    worker.run().finally(
      // One that ends by itself has failed: the others must not go on as half a process.
      shutDown,
    ),
  );
  stopping.addEventListener('abort', shutDown, { once: true });
  if (stopping.aborted) shutDown();
  await Promise.all(runs);
}
