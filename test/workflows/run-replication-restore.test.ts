import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RestoreJobStep } from '../../src/domain/replication/restore-step.js';
import { runReplicationRestoreStart } from '../../src/temporal/run-replication-restore-start.js';
import { nudge } from '../../src/workflows/messages.js';
import { cancelRestore, restoreStatus } from '../../src/workflows/restore-messages.js';
import type { runReplicationRestore } from '../../src/workflows/run-replication-restore.js';
import { createRestoredCluster, type RestoredCluster } from './restored-cluster.js';
import { createTestWorkers, startTimeSkippingServer } from './time-skipping-server.js';

const DEADLINE = { timeout: 20_000, interval: 20 };

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server?.teardown());

interface Story {
  readonly handle: WorkflowHandle<typeof runReplicationRestore>;
  /** What the watch sends after something has happened. */
  nudge(): Promise<void>;
  hasJob(step: RestoreJobStep): Promise<void>;
}

/** Plays a story with workers; time passes by itself only where the story sleeps or waits for the result. */
async function run<T>(
  cluster: RestoredCluster,
  story: (story: Story) => Promise<T>,
  input: object = {},
): Promise<T> {
  const taskQueue = `holdfast-${randomUUID()}`;
  const { activities } = cluster;
  const workers = await createTestWorkers(server, { taskQueue, cluster: cluster.input.cluster, activities });
  const how = runReplicationRestoreStart({ ...cluster.input, ...input });
  const start = () =>
    server.client.workflow.signalWithStart<typeof runReplicationRestore>('runReplicationRestore', {
      ...how,
      workflowId: `${how.workflowId}/${taskQueue}`,
      taskQueue,
      signal: nudge,
    });
  return workers.runUntil(async () => {
    const handle = await start();
    return story({
      handle,
      nudge: () => handle.signal(nudge),
      hasJob: (step) => expect.poll(() => cluster.hasJob(step), DEADLINE).toBe(true),
    });
  });
}

const stepsSeen = ({ restore }: RestoredCluster) => {
  const { phase, replicationStep } = restore().status;
  return { phase, replicationStep };
};

async function finish(cluster: RestoredCluster, { handle, nudge, hasJob }: Story) {
  await hasJob('log-restore');
  expect(stepsSeen(cluster)).toEqual({ phase: 'LogRestore', replicationStep: 'log-restore' });
  await cluster.report('Running');
  await cluster.endJob('log-restore', 'Complete');
  await cluster.report('Complete');
  await nudge();
  return handle.result();
}

describe('the whole restore', () => {
  test.each(['the compaction', 'the snapshot'] as const)(
    'goes through both halves when %s comes last, in at most 6 writes and 4 Events',
    async (last) => {
      const cluster = createRestoredCluster();
      cluster.compaction('Running');
      const result = await run(cluster, async (story) => {
        await story.hasJob('snapshot-restore');
        const settle = [
          () => cluster.endJob('snapshot-restore', 'Complete'),
          async () => cluster.compaction('Complete'),
        ];
        if (last === 'the snapshot') settle.reverse();
        await settle[0]?.();
        await story.nudge();
        const first = last === 'the snapshot' ? 'CompactSettled' : 'SnapshotRestored';
        await expect
          .poll(() => cluster.restore().status.conditions?.some(({ type }) => type === first), DEADLINE)
          .toBe(true);
        expect(cluster.hasJob('log-restore')).toBe(false);
        await settle[1]?.();
        await story.nudge();
        return finish(cluster, story);
      });
      expect(result).toMatchObject({ outcome: 'Complete' });
      expect(cluster.eventReasons().sort()).toEqual([
        'CompactSettled',
        'LogRestoreStarted',
        'RestoreComplete',
        'SnapshotRestoreStarted',
      ]);
      // Two Jobs, and these.
      expect(cluster.writes() + 2).toBeLessThanOrEqual(6);
    },
  );

  test('waits for a CompactBackup that appears late, and says so', async () => {
    const cluster = createRestoredCluster();
    const result = await run(cluster, async (story) => {
      await story.hasJob('snapshot-restore');
      await cluster.endJob('snapshot-restore', 'Complete');
      await story.nudge();
      await expect
        .poll(async () => (await story.handle.query(restoreStatus)).phase, DEADLINE)
        .toBe('Waiting');
      expect((await story.handle.query(restoreStatus)).details).toEqual(
        expect.arrayContaining(['snapshot restore: restored', 'compaction cb: not found']),
      );
      cluster.compaction('Complete');
      await story.nudge();
      return finish(cluster, story);
    });
    expect(result.outcome).toBe('Complete');
    expect(cluster.eventReasons()).toContain('CompactBackupNotFound');
  });

  test('is a single Job where the Restore names no CompactBackup', async () => {
    const cluster = createRestoredCluster({ spec: { replicationConfig: undefined } });
    const result = await run(cluster, async (story) => {
      await story.hasJob('standard');
      await cluster.endJob('standard', 'Complete');
      await cluster.report('Complete');
      await story.nudge();
      return story.handle.result();
    });
    expect(result.outcome).toBe('Complete');
    expect(cluster.hasJob('snapshot-restore')).toBe(false);
  });
});

describe('a restore that cannot go on', () => {
  test('is Failed with the field and both values where the CompactBackup compacts another place', async () => {
    const cluster = createRestoredCluster();
    cluster.compaction('Complete', { s3: { provider: 'aws', bucket: 'b', prefix: 'other' } });
    const result = await run(cluster, ({ handle }) => handle.result());
    expect(result.outcome).toBe('Failed');
    expect(result.summary).toMatch(/CompactBackupMismatch.*s3\.prefix.*log.*other/);
    expect(cluster.restore().status.phase).toBe('Failed');
  });

  test('is Failed with step snapshot-restore when its first Job fails', async () => {
    const cluster = createRestoredCluster();
    const result = await run(cluster, async (story) => {
      await story.hasJob('snapshot-restore');
      await cluster.endJob('snapshot-restore', 'Failed');
      await story.nudge();
      return story.handle.result();
    });
    expect(result).toMatchObject({ outcome: 'Failed' });
    expect(stepsSeen(cluster)).toEqual({ phase: 'Failed', replicationStep: 'snapshot-restore' });
    expect(cluster.eventReasons()).toContain('SnapshotRestoreFailed');
  });

  test('creates no Job while TiKV collects garbage, and starts by itself once it does not', async () => {
    const cluster = createRestoredCluster();
    cluster.configureTikv('[gc]\nratio-threshold = 1.1\n');
    await run(cluster, async (story) => {
      await expect
        .poll(async () => (await story.handle.query(restoreStatus)).phase, DEADLINE)
        .toBe('Waiting');
      const { summary, nextActionAt } = await story.handle.query(restoreStatus);
      expect(summary).toMatch(/gc\.ratio-threshold.*-1.*TidbCluster prod\/basic/);
      expect(nextActionAt).toBeDefined();
      expect(cluster.hasJob('snapshot-restore')).toBe(false);
      cluster.configureTikv('[gc]\nratio-threshold = -1\n');
      await server.sleep('16 seconds');
      await story.hasJob('snapshot-restore');
      await story.handle.terminate();
    });
    expect(cluster.eventReasons()).toContain('GateClosed');
  });

  test('is Failed when the CompactBackup has not appeared in time', async () => {
    const cluster = createRestoredCluster({
      spec: { replicationConfig: { compactBackupName: 'cb', waitTimeout: '30m' } },
      // The server's time is ahead of ours by what the tests before this one skipped.
      createdAtMs: await server.currentTimeMs(),
    });
    const result = await run(cluster, async (story) => {
      await story.hasJob('snapshot-restore');
      await cluster.endJob('snapshot-restore', 'Complete');
      await story.nudge();
      await server.sleep('31 minutes');
      return story.handle.result();
    });
    expect(result.outcome).toBe('Failed');
    expect(result.summary).toContain('CompactBackupWaitTimeout');
  });
});

describe('ending early', () => {
  test('deletes the Job, waits for its pod, and then fails the Restore', async () => {
    const cluster = createRestoredCluster();
    const result = await run(cluster, async (story) => {
      await story.hasJob('snapshot-restore');
      cluster.addPod();
      const answer = await story.handle.executeUpdate(cancelRestore, {
        args: [{ by: 'alice@laptop', note: 'wrong cluster' }],
      });
      expect(answer.summary).toMatch(/stopping orders-snapshot-restore.*alice@laptop: wrong cluster/);
      await expect.poll(() => cluster.hasJob('snapshot-restore'), DEADLINE).toBe(false);
      expect(cluster.restore().status.phase).toBe('SnapshotRestore');
      cluster.endPods();
      return story.handle.result();
    });
    expect(result.outcome).toBe('Failed');
    expect(stepsSeen(cluster)).toEqual({ phase: 'Failed', replicationStep: 'snapshot-restore' });
    expect(cluster.restore().status.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({
      reason: 'RestoreCancelled',
      message: 'cancelled by alice@laptop: wrong cluster',
    });
  });

  test('leaves the same behind when the workflow itself is cancelled', async () => {
    const cluster = createRestoredCluster();
    const failure = await run(cluster, async (story) => {
      await story.hasJob('snapshot-restore');
      await story.handle.cancel();
      return story.handle.result().catch((thrown: unknown) => thrown);
    });
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect(failure).toMatchObject({ cause: expect.any(CancelledFailure) });
    expect(cluster.hasJob('snapshot-restore')).toBe(false);
    expect(cluster.restore().status.phase).toBe('Failed');
  });

  test('is refused once the restore has ended', async () => {
    const cluster = createRestoredCluster();
    await run(cluster, async (story) => {
      await story.hasJob('snapshot-restore');
      await cluster.endJob('snapshot-restore', 'Failed');
      await story.nudge();
      await story.handle.result();
    });
    await run(cluster, async (story) => {
      const refused = story.handle.executeUpdate(cancelRestore, { args: [{}] });
      await expect(refused).rejects.toMatchObject({
        cause: { type: 'RequestRefused', message: expect.stringContaining('the restore has ended') },
      });
    });
  });
});

describe('whose Restore it is', () => {
  test('leaves one without the label alone', async () => {
    const cluster = createRestoredCluster({ labels: {} });
    const result = await run(cluster, ({ handle }) => handle.result());
    expect(result.outcome).toBe('Left');
    expect(cluster.writes()).toBe(0);
  });

  test('labels it first when a person starts it', async () => {
    const cluster = createRestoredCluster({ labels: {} });
    await run(
      cluster,
      async (story) => {
        await story.hasJob('snapshot-restore');
        await story.handle.terminate();
      },
      { adopt: true },
    );
    expect(cluster.restore().metadata.labels).toEqual({ 'holdfast.dev/managed': 'true' });
  });
});
