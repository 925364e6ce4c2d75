import type { Client } from '@temporalio/client';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { createBackupActivities } from '../activities/backup/backup-activities.js';
import { recordAtOnce } from '../activities/backup/record-at-once.js';
import { createReviewsFirst } from '../activities/backup/reviews-first.js';
import { createRestoreActivities } from '../activities/restore/restore-activities.js';
import { createStressActivities } from '../activities/stress/stress-activities.js';
import { createWatchActivities } from '../activities/watch/watch-activities.js';
import type { TaskQueues } from '../domain/names.js';
import { createJobDeletions } from '../kubernetes/job-deletions.js';
import type { ApiFailure } from '../kubernetes/api-failure.js';
import { readDocument } from '../kubernetes/read-document.js';
import { recentRestoreCrd } from '../kubernetes/restore-crd.js';
import type { Logger } from '../observability/logger.js';
import type { WorkerMetrics } from '../observability/metrics.js';
import { apiRetryInterceptor } from './api-retry-interceptor.js';
import { apiServerNews } from './api-server-news.js';
import type { WorkerConfig } from './config.js';
import type { ReachedCluster } from './reach-cluster.js';
import { beginWatchObserver } from './watch-observer.js';
import { createWorkers } from './workers.js';
import { createWorkflowGateway } from './workflow-gateway.js';

export interface ClusterWorkersOptions {
  readonly config: WorkerConfig;
  readonly client: Client;
  readonly connection: NativeConnection;
  /** Of Temporal. */
  readonly namespace: string;
  readonly queues: TaskQueues;
  readonly reached: ReachedCluster;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/** The workers of the roles that work for a cluster, and how their activities do it. */
export function clusterWorkers(options: ClusterWorkersOptions): Promise<Worker[]> {
  const { config, client, queues, connection, namespace, logger, stopping } = options;
  const { api, clusterUid, kubernetes } = options.reached;
  const shared = { api, clusterUid, operator: config.operator, now: Date.now };
  const deletions = createJobDeletions();
  const onEvent = options.metrics.events.written;
  const backupDeps = { ...shared, deletions, images: config.images, onEvent };
  const order = createReviewsFirst();
  const retried = ({ causeOfFailure }: ApiFailure) => options.metrics.api.retried(causeOfFailure);
  return createWorkers({
    connection,
    namespace,
    queues,
    roles: config.roles,
    backupActivities: createBackupActivities(backupDeps, order),
    restoreActivities: createRestoreActivities({
      ...backupDeps,
      crd: recentRestoreCrd((path) => readDocument(kubernetes, path), Date.now),
    }),
    apiRetry: apiRetryInterceptor({
      retried,
      tellWorkflow: apiServerNews(client),
      now: Date.now,
    }),
    stressActivities: createStressActivities({
      api,
      clusterUid,
      serverUrl: kubernetes.serverUrl,
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
}
