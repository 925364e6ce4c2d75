import { randomUUID } from 'node:crypto';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StressActivities } from '../../src/activities/stress/stress-activities.js';
import { EMPTY_LOG, withLine } from '../../src/domain/stress/stress-log.js';
import type { StressClusterInput } from '../../src/domain/stress/stress-input.js';
import { operationAt, planStress } from '../../src/domain/stress/stress-plan.js';
import type { StressProgress } from '../../src/domain/stress/stress-progress.js';
import { emptyTally, withEnd } from '../../src/domain/stress/stress-tally.js';
import { stressClusterStart } from '../../src/temporal/stress-cluster-start.js';
import { stressStatus } from '../../src/workflows/stress-messages.js';
import type { stressCluster } from '../../src/workflows/stress-cluster.js';
import { stressWork } from '../domain/stress/stress-work.js';
import { createTestWorkers, startTimeSkippingServer } from './time-skipping-server.js';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server?.teardown());

const WORK = stressWork();
const PLAN = planStress(WORK);

function progressAfter(succeeded: number): StressProgress {
  let tally = emptyTally();
  for (let index = 0; index < succeeded; index += 1) {
    tally = withEnd(tally, operationAt(PLAN, index), { succeeded: true, failedAttempts: 0, durationMs: 9 });
  }
  return {
    startedMs: 0,
    updatedMs: 1_000,
    operations: PLAN.operations,
    next: succeeded,
    pending: [],
    namespaces: {},
    tally,
    log: withLine(EMPTY_LOG, '[DEPLOYMENT] Created deployment deploy-1 in deploy-test-1'),
  };
}

/** A cluster in memory that knows only whether the run has left something in it. */
function createCluster(changes: Partial<StressActivities> = {}) {
  const cluster = { isDirty: false };
  const activities: StressActivities = {
    createStressObjects: async () => {
      cluster.isDirty = true;
      return progressAfter(PLAN.operations);
    },
    deleteStressNamespaces: async () => {
      cluster.isDirty = false;
      return { remaining: [] };
    },
    ...changes,
  };
  return { cluster, activities };
}

async function run<T>(
  activities: StressActivities,
  input: Partial<StressClusterInput>,
  story: (handle: WorkflowHandle<typeof stressCluster>) => Promise<T>,
): Promise<T> {
  const taskQueue = `holdfast-${randomUUID()}`;
  const whole = { cluster: 'test', clusterUid: 'uid', run: randomUUID().slice(0, 8), ...input };
  const workers = await createTestWorkers(server, { taskQueue, cluster: 'test', activities });
  return workers.runUntil(async () =>
    story(
      await server.client.workflow.start<typeof stressCluster>('stressCluster', {
        ...stressClusterStart(whole),
        taskQueue,
      }),
    ),
  );
}

test('a run creates, cleans up after itself and is complete', async () => {
  const { cluster, activities } = createCluster();
  const result = await run(activities, { work: WORK }, (handle) => handle.result());
  expect(result).toMatchObject({
    outcome: 'Complete',
    report: { succeeded: PLAN.operations },
    cleanup: { remaining: [] },
  });
  expect(cluster.isDirty).toBe(false);
});

test('a run that keeps what it has created deletes nothing', async () => {
  const { cluster, activities } = createCluster();
  const result = await run(activities, { work: WORK, keep: true }, (handle) => handle.result());
  expect(result).toMatchObject({
    outcome: 'Complete',
    summary: expect.stringContaining('everything is kept'),
  });
  expect(cluster.isDirty).toBe(true);
});

test('a run without work only cleans up', async () => {
  const { cluster, activities } = createCluster();
  cluster.isDirty = true;
  const result = await run(activities, {}, (handle) => handle.result());
  expect(result).toEqual({
    outcome: 'Cleaned',
    summary: 'nothing of the run is left in the cluster',
    cleanup: { remaining: [] },
  });
  expect(cluster.isDirty).toBe(false);
});

test('operations that failed make it partial, a cleanup that is not done too', async () => {
  const { activities } = createCluster({
    createStressObjects: async () => progressAfter(PLAN.operations - 1),
  });
  expect(await run(activities, { work: WORK }, (handle) => handle.result())).toMatchObject({
    outcome: 'Partial',
  });
  const held = createCluster({
    deleteStressNamespaces: async () => ({ remaining: ['deploy-test-1'], failure: 'held by a finalizer' }),
  });
  expect(await run(held.activities, { work: WORK }, (handle) => handle.result())).toMatchObject({
    outcome: 'Partial',
    summary: expect.stringContaining('held by a finalizer'),
  });
});

test('cancelled, it cleans up, shows its report and ends as cancelled', async () => {
  let begun: () => void = () => undefined;
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  const { cluster, activities } = createCluster({
    createStressObjects: async () => {
      cluster.isDirty = true;
      begun();
      const signal = cancellationSignal();
      const beat = setInterval(() => heartbeat(), 50);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      clearInterval(beat);
      return progressAfter(3);
    },
  });
  const [failure, view] = await run(activities, { work: WORK }, async (handle) => {
    await hasBegun;
    await handle.cancel();
    const ended = await handle.result().catch((failure: unknown) => failure);
    return [ended, await handle.query(stressStatus)] as const;
  });
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure instanceof WorkflowFailedError && failure.cause).toBeInstanceOf(CancelledFailure);
  expect(view).toMatchObject({ phase: 'Cancelled', report: { succeeded: 3, notDone: PLAN.operations - 3 } });
  expect(cluster.isDirty).toBe(false);
});

test('what the worker refuses ends it, and nothing is deleted', async () => {
  const { cluster, activities } = createCluster({
    createStressObjects: async () => {
      throw ApplicationFailure.nonRetryable('not on loopback', 'RequestRefused');
    },
  });
  cluster.isDirty = true;
  const [failure, view] = await run(activities, { work: WORK }, async (handle) => {
    const ended = await handle.result().catch((failure: unknown) => failure);
    return [ended, await handle.query(stressStatus)] as const;
  });
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(view).toMatchObject({ phase: 'Failed', summary: 'not on loopback' });
  expect(cluster.isDirty).toBe(true);
});

test('an input without a run is refused in words', async () => {
  const { activities } = createCluster();
  const ended = run(activities, { run: '' }, (handle) => handle.result());
  await expect(ended).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
});
