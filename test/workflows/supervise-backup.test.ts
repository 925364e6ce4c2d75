import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RetryReview } from '../../src/domain/retry/review.js';
import type { SuperviseBackupInput } from '../../src/domain/retry/supervise-input.js';
import { superviseBackupStart } from '../../src/temporal/supervise-backup-start.js';
import { nudge, status } from '../../src/workflows/messages.js';
import type { superviseBackup } from '../../src/workflows/supervise-backup.js';
import { createSupervisedCluster, type RunEnd, type SupervisedCluster } from './supervised-cluster.js';
import { createTestWorkers, holdTime, startTimeSkippingServer } from './time-skipping-server.js';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server.teardown());

const POLICY = { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '30s' };
type Handle = WorkflowHandle<typeof superviseBackup>;

/** Plays a story with workers and, as the watch would, a nudge for each Job that ends, with what was recorded. */
async function supervise<T>(
  cluster: SupervisedCluster,
  story: (start: () => Promise<Handle>) => Promise<T>,
  record: () => Promise<object | undefined> = async () => undefined,
): Promise<T> {
  const taskQueue = `holdfast-${randomUUID()}`;
  const { input, activities } = cluster;
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  const start = (review?: object) =>
    server.client.workflow.signalWithStart<typeof superviseBackup, object[]>('superviseBackup', {
      ...superviseBackupStart(input),
      workflowId: `${superviseBackupStart(input).workflowId}/${taskQueue}`,
      taskQueue,
      signal: nudge.name,
      signalArgs: review === undefined ? [] : [review],
    });
  cluster.onJobEnd({ nudge: async () => start(await record()), holdTime: () => holdTime(server) });
  return workers.runUntil(() => story(() => start()));
}

const timesOf = (cluster: SupervisedCluster, field: 'detectFailedAt' | 'expectedRetryAt' | 'realRetryAt') =>
  (cluster.backup().status.backoffRetryStatus ?? []).map((record) => Date.parse(record[field] ?? ''));

describe('the whole ladder', () => {
  test('retries after 30, 60, 120, 240 and 480 seconds, never early, and settles', async () => {
    const ends: RunEnd[] = ['fails', 'fails', 'fails', 'fails', 'fails', 'completes'];
    const cluster = createSupervisedCluster(ends, POLICY);
    const result = await supervise(cluster, async (start) => (await start()).result());
    expect(result.outcome).toBe('Succeeded');
    expect(cluster.attempts).toEqual(['0', '1', '2', '3', '4', '5']);
    const detected = timesOf(cluster, 'detectFailedAt');
    const expected = timesOf(cluster, 'expectedRetryAt');
    const real = timesOf(cluster, 'realRetryAt');
    expect(expected.map((at, index) => Math.round((at - (detected[index] ?? 0)) / 1_000))).toEqual([
      30, 60, 120, 240, 480,
    ]);
    for (const [index, at] of real.entries())
      expect(at).toBeGreaterThanOrEqual(expected[index] ?? Number.NaN);
    expect(cluster.eventReasons()).toEqual([...Array<string>(5).fill('RetryStarted'), 'RetrySucceeded']);
  });

  test('ends as exhausted when the retries are used, with the first and the last reason', async () => {
    const cluster = createSupervisedCluster(['fails'], { ...POLICY, maxRetryTimes: 2 });
    const result = await supervise(cluster, async (start) => (await start()).result());
    expect(result.outcome).toBe('Failed');
    expect(result.summary).toContain(
      'RetryExhausted: 2 of 2 retries used; last failure: BackoffLimitExceeded (the first was the same)',
    );
    expect(cluster.attempts).toEqual(['0', '1', '2']);
    const { status: written } = cluster.backup();
    expect(written.phase).toBe('Failed');
    expect(written.conditions?.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['Scheduled', 'Failed']),
    );
    expect(written.backoffRetryStatus).toHaveLength(2);
    expect(cluster.eventReasons()).toEqual([
      'BackupFailed',
      'RetryExhausted',
      'RetryStarted',
      'RetryStarted',
    ]);
  });

  test('says at once that the next retry would come after the time-out', async () => {
    const cluster = createSupervisedCluster(['fails'], { ...POLICY, retryTimeout: '2m' });
    const result = await supervise(cluster, async (start) => (await start()).result());
    expect(result.summary).toContain('RetryTimeout: retry 3 would start at');
    expect(cluster.attempts).toEqual(['0', '1', '2']);
  });
});

describe('while it waits', () => {
  test('tells what happened, what it waits for and until when', async () => {
    const cluster = createSupervisedCluster(['fails', 'runs'], POLICY);
    await supervise(cluster, async (start) => {
      const handle = await start();
      await expect.poll(async () => (await handle.query(status)).phase, { timeout: 20_000 }).toBe('Waiting');
      const view = await handle.query(status);
      expect(view).toMatchObject({
        retryNum: 1,
        maxRetries: 5,
        summary: expect.stringContaining('retry 1/5 at '),
      });
      expect(view.nextActionAt).toBe(cluster.backup().status.backoffRetryStatus?.[0]?.expectedRetryAt);
      await handle.terminate();
    });
  });

  test('a repeated nudge changes neither the time nor the record', async () => {
    const cluster = createSupervisedCluster(['fails', 'completes'], POLICY);
    await supervise(cluster, async (start) => {
      const handle = await start();
      await expect
        .poll(() => cluster.backup().status.backoffRetryStatus?.length, { timeout: 20_000 })
        .toBe(1);
      for (let times = 0; times < 3; times += 1) await handle.signal(nudge);
      await handle.result();
    });
    expect(cluster.backup().status.backoffRetryStatus).toHaveLength(1);
    expect(cluster.attempts).toEqual(['0', '1']);
    expect(cluster.eventReasons()).toEqual(['RetryStarted', 'RetrySucceeded']);
  });
});

describe('a nudge of the watch that recorded the failure', () => {
  test('says when the retry is due: nothing is looked at before the restart, which comes in time', async () => {
    const cluster = createSupervisedCluster(['fails', 'fails', 'completes'], POLICY);
    const reviews = countReviews(cluster);
    const result = await supervise(
      { ...cluster, activities: reviews.activities },
      async (start) => (await start()).result(),
      cluster.recordAtOnce,
    );
    expect(result.outcome).toBe('Succeeded');
    expect(cluster.attempts).toEqual(['0', '1', '2']);
    const due = timesOf(cluster, 'expectedRetryAt');
    for (const [index, at] of timesOf(cluster, 'realRetryAt').entries())
      expect(at).toBeGreaterThanOrEqual(due[index] ?? Number.NaN);
    expect(cluster.eventReasons()).toEqual(['RetryStarted', 'RetryStarted', 'RetrySucceeded']);
    // The first run and the success.
    expect(reviews.count()).toBe(2);
  });

  test.each<[string, (review: RetryReview) => object]>([
    ['is no review', () => ({ next: 'Retry', retryNum: 'one' })],
    ['is about a retry that has begun', (review) => ({ ...review, dueMs: 0 })],
    ['is about a retry that nobody decided', (review) => ({ ...review, retryNum: 9, dueMs: 0 })],
  ])('does no harm when what it brings %s', async (_what, change) => {
    const cluster = createSupervisedCluster(['fails', 'completes'], POLICY);
    const changed = async () => {
      const review = await cluster.recordAtOnce();
      return review === undefined ? undefined : change(review);
    };
    const result = await supervise(cluster, async (start) => (await start()).result(), changed);
    expect(result.outcome).toBe('Succeeded');
    expect(cluster.attempts).toEqual(['0', '1']);
    expect(cluster.backup().status.backoffRetryStatus).toHaveLength(1);
    const [due = Number.NaN] = timesOf(cluster, 'expectedRetryAt');
    expect(timesOf(cluster, 'realRetryAt')[0]).toBeGreaterThanOrEqual(due);
  });
});

function countReviews({ activities }: SupervisedCluster) {
  let reviews = 0;
  return {
    count: () => reviews,
    activities: {
      ...activities,
      reviewBackup: (input: SuperviseBackupInput) => {
        reviews += 1;
        return activities.reviewBackup(input);
      },
    },
  };
}

describe('what is not its work', () => {
  test("refuses another cluster's Backup without retrying", async () => {
    const cluster = createSupervisedCluster(['runs'], POLICY);
    const other = { ...cluster, input: { ...cluster.input, clusterUid: 'another' } };
    const failure = await supervise(other, async (start) =>
      (await start()).result().catch((error: unknown) => error),
    );
    expect(causeOf(failure).type).toBe('WrongCluster');
  });

  test('refuses an input that no client should send', async () => {
    const cluster = createSupervisedCluster(['runs'], POLICY);
    const other = { ...cluster, input: { ...cluster.input, uid: '' } };
    const failure = await supervise(other, async (start) =>
      (await start()).result().catch((error: unknown) => error),
    );
    expect(causeOf(failure).type).toBe('InvalidInput');
  });

  test('ends when the Backup is another object by now', async () => {
    const cluster = createSupervisedCluster(['runs'], POLICY);
    const other = { ...cluster, input: { ...cluster.input, uid: 'predecessor' } };
    const result = await supervise(other, async (start) => (await start()).result());
    expect(result).toEqual({ outcome: 'Left', summary: 'the Backup does not exist any more' });
  });
});

/** What our code said, whether the workflow or one of its activities said it. */
function causeOf(failure: unknown): ApplicationFailure {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : undefined;
  const root = cause instanceof ActivityFailure ? cause.cause : cause;
  if (root instanceof ApplicationFailure) return root;
  throw new Error(`not an application failure: ${String(failure)}`);
}
