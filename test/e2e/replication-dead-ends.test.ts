import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelRestore, restoreStatus } from '../../src/workflows/restore-messages.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import { TIDB_CLUSTER } from './backup-manifest.js';
import { restoreHistoryOf, restoreViolations } from './restore-history.js';
import { ENDLESS_POD, FAILING_SNAPSHOT_POD, LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { createRestoreScene, expectEnd, expectSound, type RestoreScene } from './restore-scene.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

/** Where TiDB Operator's replication restore stays for ever; here each ends, or says what it waits for. */
let world: RestoreWorld;
let scene: RestoreScene;
beforeAll(async () => {
  world = await startRestoreWorld();
  scene = createRestoreScene(world);
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});
afterAll(() => world?.stop());

/** A pod that says that it restores the log, and is killed without another word. */
const KILLED_LOG_POD = { kind: 'scripted', afterMs: 4_000, oomKilled: true, crWrites: ['Running'] };
const RUNNING_LOG_POD = { ...ENDLESS_POD, crWrites: ['Running'] };
const BOTH_PODS = [SNAPSHOT_POD, LOG_POD];

async function createCompleteCompactBackup(name: string, spec: object = {}): Promise<void> {
  await world.createCompactBackup(name, spec);
  await world.setCompaction(name, { state: 'Complete' });
}

const hasJob = (name: string): boolean => world.journal.jobs(name).at(-1)?.deleted === false;

describe('what is in the way', () => {
  test.concurrent(
    'the Job of a deleted predecessor of the same name is waited for, and its failure is not ours',
    async () => {
      await createCompleteCompactBackup('cb-again');
      const wish = { name: 'again', compactBackup: 'cb-again' };
      const before = await world.createRestore({ ...wish, script: [FAILING_SNAPSHOT_POD] });
      await expectEnd({ world, restore: before, outcome: 'Failed' });
      await scene.patchJob('again-snapshot-restore', { metadata: { finalizers: ['example.com/keeps-it'] } });
      await scene.deleteRestore('again');
      const after = await world.createRestore({ ...wish, script: BOTH_PODS });
      expect(await scene.says('again', 'PredecessorJob')).toContain('again-snapshot-restore');
      await scene.patchJob('again-snapshot-restore', { metadata: { finalizers: null } });
      await expectEnd({ world, restore: after, outcome: 'Complete' });
    },
  );

  test.concurrent('a TidbCluster that does not exist at first', async () => {
    const br = { cluster: 'later' };
    await createCompleteCompactBackup('cb-later', { br });
    const restore = await world.createRestore({
      name: 'cluster-later',
      compactBackup: 'cb-later',
      script: BOTH_PODS,
      spec: { br },
    });
    expect(await scene.says('cluster-later', 'TidbClusterNotFound')).toContain('default/later');
    await scene.createTikv('later');
    await scene.createCluster('later');
    await expectEnd({ world, restore, outcome: 'Complete' });
  });

  test.concurrent(
    'br.clusterNamespace, which the CompactBackup spells out and the Restore omits',
    async () => {
      await createCompleteCompactBackup('cb-spelled', {
        br: { cluster: TIDB_CLUSTER, clusterNamespace: 'default' },
      });
      const restore = await world.createRestore({
        name: 'omits-namespace',
        compactBackup: 'cb-spelled',
        script: BOTH_PODS,
      });
      expect(restore.spec['br']).toEqual({ cluster: TIDB_CLUSTER });
      await expectEnd({ world, restore, outcome: 'Complete' });
    },
  );

  test.concurrent(
    'a TiKV that collects garbage: no Job, the way out in condition and Event, and a cancel ends it',
    async () => {
      const br = { cluster: 'collecting' };
      await scene.createTikv('collecting', '[gc]\nratio-threshold = 1.1\n');
      await scene.createCluster('collecting');
      const restore = await world.createRestore({
        name: 'gate-closed',
        script: BOTH_PODS,
        spec: { br },
      });
      expect(await scene.says('gate-closed', 'TikvGateClosed')).toMatch(
        /is 1\.1 there: in spec\.tikv\.config of TidbCluster default\/collecting set ratio-threshold = -1\.0/,
      );
      await waitFor('its Event', () =>
        world.journal.restoreEvents('gate-closed').some(({ reason }) => reason === 'GateClosed'),
      );
      await cancel(restore);
      await expectEnd({ world, restore, outcome: 'Failed' });
      expect(world.journal.jobs('gate-closed-snapshot-restore')).toEqual([]);
    },
  );

  test.concurrent('a TiKV that collects garbage again when the log restore is due', async () => {
    const br = { cluster: 'reopened' };
    await scene.createTikv('reopened');
    await scene.createCluster('reopened');
    await world.createCompactBackup('cb-reopened', { br });
    const restore = await world.createRestore({
      name: 'gate-reopened',
      compactBackup: 'cb-reopened',
      script: BOTH_PODS,
      spec: { br },
    });
    await scene.reach('gate-reopened', 'SnapshotRestored');
    await scene.configureTikv('reopened', '');
    await world.setCompaction('cb-reopened', { state: 'Complete' });
    expect(await scene.says('gate-reopened', 'TikvGateClosed')).toContain('is not set there');
    expect(world.journal.jobs('gate-reopened-log-restore')).toEqual([]);
    await scene.configureTikv('reopened', 'gc.ratio-threshold = -1\n');
    await expectEnd({ world, restore, outcome: 'Complete' });
  });
});

describe('what somebody takes away', () => {
  test.concurrent(
    'the pod of the log half is killed after it wrote Running, and no CompactBackup is left',
    async () => {
      await createCompleteCompactBackup('cb-leaves');
      const restore = await world.createRestore({
        name: 'killed-log',
        compactBackup: 'cb-leaves',
        script: [SNAPSHOT_POD, KILLED_LOG_POD],
      });
      await scene.reachPhase('killed-log', 'Running');
      await scene.deleteCompactBackup('cb-leaves');
      const { status } = await expectEnd({ world, restore, outcome: 'Failed' });
      expect(status.replicationStep).toBe('log-restore');
      expect(scene.conditionOf('killed-log', 'Failed')?.reason).toBe('LogRestoreFailed');
    },
  );

  test.concurrent('the Job of the snapshot, when it is done and before the gate opens', async () => {
    await world.createCompactBackup('cb-slow');
    const restore = await world.createRestore({
      name: 'snapshot-job-gone',
      compactBackup: 'cb-slow',
      script: BOTH_PODS,
    });
    await scene.reach('snapshot-job-gone', 'SnapshotRestored');
    await scene.deleteJob('snapshot-job-gone-snapshot-restore');
    await waitFor('the Job is gone', () => !hasJob('snapshot-job-gone-snapshot-restore'));
    await world.setCompaction('cb-slow', { state: 'Complete' });
    await expectEnd({ world, restore, outcome: 'Complete' });
  });

  test.concurrent(
    'the Job of the snapshot while it runs: it is created again, and the gate waits for that one',
    async () => {
      await createCompleteCompactBackup('cb-ready');
      const restore = await world.createRestore({
        name: 'snapshot-again',
        compactBackup: 'cb-ready',
        script: [{ ...SNAPSHOT_POD, afterMs: 3_000 }, LOG_POD],
      });
      await waitFor('the Job exists', () => hasJob('snapshot-again-snapshot-restore'));
      await scene.deleteJob('snapshot-again-snapshot-restore');
      expect(await world.restoreResult(restore)).toMatchObject({ outcome: 'Complete' });
      expect(restoreViolations(restoreHistoryOf(world.journal, restore))).toEqual([
        'Job snapshot-again-snapshot-restore was created 2 times',
      ]);
    },
  );

  test.concurrent('the Job of the log half while it runs', async () => {
    await createCompleteCompactBackup('cb-log-gone');
    const restore = await world.createRestore({
      name: 'log-job-gone',
      compactBackup: 'cb-log-gone',
      script: [SNAPSHOT_POD, RUNNING_LOG_POD],
    });
    await scene.reachPhase('log-job-gone', 'Running');
    await scene.deleteJob('log-job-gone-log-restore');
    await expectEnd({ world, restore, outcome: 'Failed' });
    expect(scene.conditionOf('log-job-gone', 'Failed')).toMatchObject({
      reason: 'LogRestoreFailed',
      message: expect.stringContaining('was deleted while the restore ran'),
    });
  });

  test.concurrent('the Restore itself, while its log is restored', async () => {
    await createCompleteCompactBackup('cb-deleted');
    const restore = await world.createRestore({
      name: 'deleted',
      compactBackup: 'cb-deleted',
      script: [SNAPSHOT_POD, RUNNING_LOG_POD],
    });
    await scene.reachPhase('deleted', 'Running');
    await scene.deleteRestore('deleted');
    expect(await world.restoreResult(restore)).toMatchObject({ outcome: 'Deleted' });
    await waitFor('its Job is gone', () => !hasJob('deleted-log-restore'));
    expectSound(world, restore);
  });
});

describe('a person cancels it', () => {
  test.concurrent('while it waits for the compaction', async () => {
    await world.createCompactBackup('cb-cancelled');
    await world.setCompaction('cb-cancelled', { state: 'Running' });
    const restore = await world.createRestore({
      name: 'cancelled-waiting',
      compactBackup: 'cb-cancelled',
      script: BOTH_PODS,
    });
    await scene.reach('cancelled-waiting', 'SnapshotRestored');
    await cancel(restore);
    await expectCancelled(restore, 'snapshot-restore');
  });

  test.concurrent('while it does not know the state of the compaction', async () => {
    await world.createCompactBackup('cb-unknown');
    await world.setCompaction('cb-unknown', { state: 'Hibernating' });
    const restore = await world.createRestore({
      name: 'unknown-state',
      compactBackup: 'cb-unknown',
      script: BOTH_PODS,
    });
    await scene.reach('unknown-state', 'SnapshotRestored');
    await waitFor('it says what it waits for', async () => {
      const { summary } = await world.restoreWorkflow(restore).query(restoreStatus);
      return summary.includes('in state "Hibernating"');
    });
    await cancel(restore);
    await expectCancelled(restore, 'snapshot-restore');
  });

  test.concurrent('while its log is restored', async () => {
    await createCompleteCompactBackup('cb-cancelled-log');
    const restore = await world.createRestore({
      name: 'cancelled-log',
      compactBackup: 'cb-cancelled-log',
      script: [SNAPSHOT_POD, RUNNING_LOG_POD],
    });
    await scene.reachPhase('cancelled-log', 'Running');
    await cancel(restore);
    await expectCancelled(restore, 'log-restore');
    expect(hasJob('cancelled-log-log-restore')).toBe(false);
  });
});

async function cancel(restore: Restore): Promise<void> {
  await world.restoreWorkflow(restore).executeUpdate(cancelRestore, { args: [{ by: 'alice@laptop' }] });
}

async function expectCancelled(restore: Restore, step: string): Promise<void> {
  const { metadata, status } = await expectEnd({ world, restore, outcome: 'Failed' });
  expect(status.replicationStep).toBe(step);
  expect(scene.conditionOf(metadata.name, 'Failed')?.reason).toBe('RestoreCancelled');
}
