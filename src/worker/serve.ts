import { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { createBackupActivities } from '../activities/backup/backup-activities.js';
import { recordAtOnce } from '../activities/backup/record-at-once.js';
import { createReviewsFirst } from '../activities/backup/reviews-first.js';
import { createRestoreActivities } from '../activities/restore/restore-activities.js';
import { createStressActivities } from '../activities/stress/stress-activities.js';
import { createWatchActivities } from '../activities/watch/watch-activities.js';
import { taskQueues } from '../domain/names.js';
import { createJobDeletions } from '../kubernetes/job-deletions.js';
import { API_FAILURE_CAUSES, type ApiFailure } from '../kubernetes/api-failure.js';
import { createKubernetesApi, type KubernetesApi } from '../kubernetes/api.js';
import { clusterUidOf } from '../kubernetes/cluster-identity.js';
import type { KubernetesConnection } from '../kubernetes/connection.js';
import { readDocument, type ReadDocument } from '../kubernetes/read-document.js';
import { recentRestoreCrd } from '../kubernetes/restore-crd.js';
import { kindsWithStatusSubresource, removeStatusSubresource } from '../kubernetes/status-subresource.js';
import { serveEndpoints } from '../observability/http-endpoints.js';
import type { Logger } from '../observability/logger.js';
import { createWorkerMetrics, type WorkerMetrics } from '../observability/metrics.js';
import type { TemporalSettings } from '../temporal/connection-settings.js';
import { missingSearchAttributes } from '../temporal/search-attributes.js';
import { apiRetryInterceptor } from './api-retry-interceptor.js';
import { apiServerNews } from './api-server-news.js';
import type { WorkerConfig } from './config.js';
import { keepWatch } from './keep-watch.js';
import { readiness } from './readiness.js';
import { freeMetricsAddress, installRuntime } from './runtime.js';
import { waitFor } from './wait-for.js';
import { beginWatchObserver } from './watch-observer.js';
import { createWorkers } from './workers.js';
import { createWorkflowGateway } from './workflow-gateway.js';

export interface ServeOptions {
  readonly config: WorkerConfig;
  readonly kubernetes: KubernetesConnection;
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
  const metrics = createWorkerMetrics();
  for (const cause of API_FAILURE_CAUSES) metrics.api.touch(cause);
  const kubernetes = { ...options.kubernetes, onAttempt: metrics.api.attempted };
  const ready = readiness();
  const endpoints = await serveEndpoints({
    ...config.listen,
    registries: metrics.registries,
    sdkMetricsUrl: `http://${metricsAddress}/metrics`,
    notReady: ready.missing,
  });
  logger.info({ host: config.listen.host, port: endpoints.port }, 'serving /metrics, /healthz and /readyz');
  try {
    await work({ ...options, kubernetes, metrics, metricsAddress, ready });
  } finally {
    await endpoints.close();
    await kubernetes.close();
  }
}

type WorkOptions = ServeOptions & {
  metrics: WorkerMetrics;
  metricsAddress: string;
  ready: ReturnType<typeof readiness>;
};

async function work(options: WorkOptions): Promise<void> {
  const { logger, kubernetes, temporal, stopping: signal, ready } = options;
  const reach = { logger, signal };
  const clusterUid = await waitFor(() => clusterUidOf(createKubernetesApi(kubernetes)), {
    ...reach,
    what: `Kubernetes at ${kubernetes.serverUrl}`,
  });
  if (clusterUid === undefined) return;
  const writable = await waitFor(() => assertStatusIsWritten((path) => readDocument(kubernetes, path)), {
    ...reach,
    what: 'CRDs of Backups and Restores',
  });
  if (writable === undefined) return;
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
    const api = createKubernetesApi(kubernetes);
    ready.watch({ api, connection });
    await runWorkers({ ...options, api, clusterUid, connection });
  } finally {
    await connection.close();
  }
}

async function assertStatusIsWritten(read: ReadDocument): Promise<true> {
  const lossy = await kindsWithStatusSubresource(read);
  if (lossy.length === 0) return true;
  const kinds = lossy.map(({ kind }) => `${kind}s`).join(' and ');
  const mend = lossy.map(removeStatusSubresource).join('; ');
  throw new Error(`a status subresource, so what is written to ${kinds} would be lost: ${mend}`);
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
  readonly api: KubernetesApi;
  readonly clusterUid: string;
  readonly connection: NativeConnection;
}

async function runWorkers(options: RunOptions): Promise<void> {
  const { config, cluster, clusterUid, api, connection, temporal, logger, stopping } = options;
  const queues = taskQueues({ prefix: config.taskQueue, cluster });
  const client = new Client({ connection, namespace: temporal.namespace });
  const shared = { api, clusterUid, operator: config.operator, now: Date.now };
  const deletions = createJobDeletions();
  const backupDeps = { ...shared, deletions, images: config.images };
  const order = createReviewsFirst();
  const retried = ({ causeOfFailure }: ApiFailure) => options.metrics.api.retried(causeOfFailure);
  const workers = await createWorkers({
    connection,
    namespace: temporal.namespace,
    queues,
    roles: config.roles,
    backupActivities: createBackupActivities(backupDeps, order),
    restoreActivities: createRestoreActivities({
      ...backupDeps,
      crd: recentRestoreCrd((path) => readDocument(options.kubernetes, path), Date.now),
    }),
    apiRetry: apiRetryInterceptor({
      retried,
      tellWorkflow: apiServerNews(client),
      now: Date.now,
    }),
    stressActivities: createStressActivities({
      api,
      clusterUid,
      serverUrl: options.kubernetes.serverUrl,
      now: Date.now,
      retried,
      stopping,
    }),
    watchActivities: createWatchActivities({
      ...shared,
      deletions,
      recordFailure: (input) => order.review(() => recordAtOnce(backupDeps, input)),
      workflows: createWorkflowGateway(client, queues.workflows),
      namespaces: config.namespaces,
      selector: config.selector,
      beginObserver: () => beginWatchObserver(options.metrics, logger),
      stopping,
    }),
  });
  options.ready.watchWorkers(workers);
  if (config.roles.includes('watch')) {
    const question = { client, cluster, clusterUid, taskQueue: queues.workflows };
    void keepWatch(question, { logger, signal: stopping });
  }
  logger.info({ cluster, queues, roles: config.roles }, 'working');
  await runUntil(workers, stopping);
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
