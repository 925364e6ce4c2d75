import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import type { BackupActivities } from '../../src/activities/backup/backup-activities.js';
import type { RestoreActivities } from '../../src/activities/restore/restore-activities.js';
import type { StressActivities } from '../../src/activities/stress/stress-activities.js';
import { registerSearchAttributes } from '../../src/temporal/search-attributes.js';
import { apiRetryInterceptor } from '../../src/worker/api-retry-interceptor.js';
import { apiServerNews } from '../../src/worker/api-server-news.js';
import { ALL_SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';

/** The bundle that the product ships: built once by the global set-up. */
export const WORKFLOW_BUNDLE = {
  codePath: fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)),
};

/** A test server that skips the waiting, with our search attributes: without them every upsert would hang. */
export async function startTimeSkippingServer(): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { 'temporal-test-server': path } = await ensureBinaries(['temporal-test-server']);
  const server = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  const names = ALL_SEARCH_ATTRIBUTES.map(({ name }) => name);
  await registerSearchAttributes(server.connection, { namespace: 'default', names });
  return server;
}

/** Keeps the server from skipping, until what it resolves to is called. Its locks are counted. */
export async function holdTime({ connection }: TestWorkflowEnvironment): Promise<() => Promise<unknown>> {
  const { testService } = connection;
  if (testService === undefined) throw new Error('this server cannot skip time');
  await testService.lockTimeSkipping({});
  return () => testService.unlockTimeSkipping({});
}

/** Workers for one test, on queues of its own. */
export async function createTestWorkers(
  server: TestWorkflowEnvironment,
  {
    taskQueue,
    cluster,
    activities,
  }: {
    taskQueue: string;
    cluster: string;
    activities: BackupActivities | RestoreActivities | StressActivities;
  },
): Promise<{ runUntil<T>(work: () => Promise<T>): Promise<T> }> {
  const connection = server.nativeConnection;
  const workflows = await Worker.create({ connection, taskQueue, workflowBundle: WORKFLOW_BUNDLE });
  const apiRetry = apiRetryInterceptor({
    retried: () => undefined,
    tellWorkflow: apiServerNews(server.client),
    // The server's clock: it runs ahead of ours.
    now: () => activityInfo().currentAttemptScheduledTimestampMs,
  });
  const kubernetes = await Worker.create({
    connection,
    interceptors: { activity: [() => ({ inbound: apiRetry })] },
    taskQueue: `${taskQueue}-kube-${cluster}`,
    activities: { ...activities },
  });
  return { runUntil: (work) => workflows.runUntil(kubernetes.runUntil(work)) };
}
