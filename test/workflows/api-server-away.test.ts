import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { runReplicationRestoreStart } from '../../src/temporal/run-replication-restore-start.js';
import { superviseBackupStart } from '../../src/temporal/supervise-backup-start.js';
import { status } from '../../src/workflows/messages.js';
import { restoreStatus } from '../../src/workflows/restore-messages.js';
import { interceptedApi } from '../kubernetes/intercepted-api.js';
import { createRestoredCluster } from './restored-cluster.js';
import { createSupervisedCluster } from './supervised-cluster.js';
import { createTestWorkers, holdTime, startTimeSkippingServer } from './time-skipping-server.js';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server.teardown());

const TEN_MINUTES_MS = 600_000;
const POLICY = { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '30s' };
const REFUSED = { reason: 'ECONNREFUSED', message: 'no answer: connect ECONNREFUSED' };
const attemptAtMs = () => activityInfo().currentAttemptScheduledTimestampMs;

/** An API server that refuses every connection for ten minutes, from the first call after `begun` on. */
function awayForTenMinutes(begun: () => boolean = () => true) {
  let firstCallMs: number | undefined;
  let refused = 0;
  const intercept = (api: KubernetesApi) =>
    interceptedApi(api, {
      before: ({ verb, resource }) => {
        if (!begun()) return;
        firstCallMs ??= attemptAtMs();
        if (attemptAtMs() - firstCallMs >= TEN_MINUTES_MS) return;
        refused += 1;
        throw new ApiFailure({ operation: `${verb} ${resource}`, ...REFUSED });
      },
    });
  return { intercept, refused: () => refused };
}

const Metadata = z.looseObject({ currentDetails: z.string() });
async function detailsOf(handle: WorkflowHandle): Promise<string> {
  return Metadata.parse(await handle.query('__temporal_workflow_metadata')).currentDetails;
}

const AWAY = /API server away since 20\d\d-\d\d-\d\dT[\d:]+Z, attempt \d+: no answer: connect ECONNREFUSED/;

test('an incident outlives ten minutes without an API server, and says so meanwhile', async () => {
  const away = awayForTenMinutes(() => cluster.attempts.length > 0);
  const cluster = createSupervisedCluster(['fails', 'completes'], POLICY, away.intercept);
  const taskQueue = `holdfast-${randomUUID()}`;
  const { input, activities } = cluster;
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  await workers.runUntil(async () => {
    const handle = await server.client.workflow.start('superviseBackup', {
      ...superviseBackupStart(input),
      workflowId: taskQueue,
      taskQueue,
    });
    cluster.onJobEnd({ nudge: () => handle.signal('nudge'), holdTime: () => holdTime(server) });
    await server.sleep('5 minutes');
    const { apiServerAway } = await handle.query(status);
    expect(apiServerAway).toMatchObject({ message: REFUSED.message });
    expect(apiServerAway?.attempt).toBeGreaterThanOrEqual(8);
    expect(await detailsOf(handle)).toMatch(AWAY);
    await server.sleep('4 minutes');
    const later = (await handle.query(status)).apiServerAway;
    expect(later?.since).toBe(apiServerAway?.since);
    expect(later?.attempt).toBeGreaterThan(apiServerAway?.attempt ?? Number.NaN);
    expect((await handle.result()).outcome).toBe('Succeeded');
    expect((await handle.query(status)).apiServerAway).toBeUndefined();
    expect(await detailsOf(handle)).not.toMatch(AWAY);
  });
  // 2, 4, 8 and 16 seconds, then every 30.
  expect(away.refused()).toBeGreaterThanOrEqual(22);
  expect(away.refused()).toBeLessThanOrEqual(26);
  expect(cluster.attempts).toEqual(['0', '1']);
  expect(cluster.eventReasons()).toEqual(['RetryStarted', 'RetrySucceeded']);
});

test('a restore outlives ten minutes without an API server, and says so meanwhile', async () => {
  const away = awayForTenMinutes();
  const cluster = createRestoredCluster({ intercept: away.intercept });
  const taskQueue = `holdfast-${randomUUID()}`;
  const { input, activities } = cluster;
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  await workers.runUntil(async () => {
    const handle = await server.client.workflow.start('runReplicationRestore', {
      ...runReplicationRestoreStart(input),
      workflowId: taskQueue,
      taskQueue,
    });
    await server.sleep('5 minutes');
    expect((await handle.query(restoreStatus)).apiServerAway).toMatchObject({ message: REFUSED.message });
    expect(await detailsOf(handle)).toMatch(AWAY);
    await server.sleep('6 minutes');
    await expect.poll(() => cluster.hasJob('snapshot-restore'), { timeout: 20_000 }).toBe(true);
    await expect
      .poll(async () => (await handle.query(restoreStatus)).apiServerAway, { timeout: 20_000 })
      .toBeUndefined();
    expect(await detailsOf(handle)).not.toMatch(AWAY);
    await handle.terminate();
  });
});

test('an activity that finds no API server for more than a day is started again', async () => {
  const cluster = createSupervisedCluster(['runs'], POLICY);
  const taskQueue = `holdfast-${randomUUID()}`;
  const { input } = cluster;
  let firstMs: number | undefined;
  const activities: typeof cluster.activities = {
    ...cluster.activities,
    reviewBackup: async (given) => {
      firstMs ??= attemptAtMs();
      if (attemptAtMs() - firstMs > 30 * 3_600_000) return cluster.activities.reviewBackup(given);
      // As the real one fails, but seldom: a day at a pause of 30 seconds would be 2,880 attempts.
      throw ApplicationFailure.create({
        message: REFUSED.message,
        type: 'KubernetesApi',
        cause: new ApiFailure({ operation: 'get Backup prod/orders', ...REFUSED }),
        nextRetryDelay: '50 minutes',
      });
    },
  };
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  await workers.runUntil(async () => {
    const handle = await server.client.workflow.start('superviseBackup', {
      ...superviseBackupStart(input),
      workflowId: taskQueue,
      taskQueue,
    });
    await server.sleep('29 hours');
    expect((await handle.query(status)).apiServerAway?.since).toBe(
      new Date(firstMs ?? 0).toISOString().replace(/\.\d+/, ''),
    );
    expect((await handle.result()).outcome).toBe('Started');
    const { events } = await handle.fetchHistory();
    const reviews = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes }) =>
        activityTaskScheduledEventAttributes?.activityType?.name === 'reviewBackup',
    );
    expect(reviews.length).toBeGreaterThanOrEqual(2);
  });
});
