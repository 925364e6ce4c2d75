import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Restore } from '../../src/domain/replication/restore.js';
import { cancelRestore } from '../../src/workflows/restore-messages.js';
import { ENDLESS_POD, FAILING_SNAPSHOT_POD, LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { expectEnd } from './restore-scene.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

let world: RestoreWorld;
beforeAll(async () => {
  world = await startRestoreWorld();
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});
afterAll(() => world?.stop());

const jobRuns = (name: string): number =>
  new Set(world.journal.jobs(name).map(({ object }) => object.metadata.uid)).size;

const hasMarker = (restore: string, marker: string): boolean =>
  world.latestRestore(restore)?.status.conditions?.some(({ type }) => type === marker) === true;

async function expectComplete(restore: Restore): Promise<void> {
  const { name } = restore.metadata;
  await expectEnd({ world, restore, outcome: 'Complete' });
  expect([jobRuns(`${name}-snapshot-restore`), jobRuns(`${name}-log-restore`)]).toEqual([1, 1]);
}

test('restores the log as soon as the compaction ends after the snapshot', async () => {
  await world.createCompactBackup('cb-last');
  await world.setCompaction('cb-last', { state: 'Running' });
  const restore = await world.createRestore({
    name: 'compaction-last',
    compactBackup: 'cb-last',
    script: [SNAPSHOT_POD, LOG_POD],
  });
  await waitFor('the snapshot is restored', () => hasMarker('compaction-last', 'SnapshotRestored'));
  expect(jobRuns('compaction-last-log-restore')).toBe(0);
  await world.setCompaction('cb-last', { state: 'Complete' });
  await expectComplete(restore);
  expect(
    world.journal
      .restoreEvents('compaction-last')
      .map(({ reason }) => reason)
      .sort(),
  ).toEqual(['CompactSettled', 'LogRestoreStarted', 'RestoreComplete', 'SnapshotRestoreStarted']);
});

test('restores the log as soon as the snapshot ends after the compaction', async () => {
  await world.createCompactBackup('cb-first');
  await world.setCompaction('cb-first', { state: 'Complete' });
  const restore = await world.createRestore({
    name: 'snapshot-last',
    compactBackup: 'cb-first',
    script: [{ ...SNAPSHOT_POD, afterMs: 1_500 }, LOG_POD],
  });
  await waitFor('the compaction is settled', () => hasMarker('snapshot-last', 'CompactSettled'));
  expect(hasMarker('snapshot-last', 'SnapshotRestored')).toBe(false);
  expect(jobRuns('snapshot-last-log-restore')).toBe(0);
  await expectComplete(restore);
});

test('goes on at once when its CompactBackup appears late', async () => {
  const restore = await world.createRestore({
    name: 'late',
    compactBackup: 'cb-late',
    script: [SNAPSHOT_POD, LOG_POD],
  });
  await waitFor('the snapshot is restored', () => hasMarker('late', 'SnapshotRestored'));
  await waitFor('it says what it waits for', () => hasMarker('late', 'Waiting'));
  await world.createCompactBackup('cb-late');
  await world.setCompaction('cb-late', { state: 'Complete' });
  await expectComplete(restore);
  expect(world.journal.restoreEvents('late').map(({ reason }) => reason)).toContain('CompactBackupNotFound');
});

test('refuses a CompactBackup of another place, naming the field and both values', async () => {
  await world.createCompactBackup('cb-elsewhere', {
    s3: { provider: 'aws', bucket: 'other-bucket', prefix: 'log', endpoint: 'http://127.0.0.1:9000' },
  });
  const restore = await world.createRestore({
    name: 'mismatch',
    compactBackup: 'cb-elsewhere',
    script: [SNAPSHOT_POD],
  });
  const result = await world.restoreResult(restore);
  expect(result.outcome).toBe('Failed');
  expect(result.summary).toMatch(/s3\.bucket.*backups.*other-bucket/);
  expect(jobRuns('mismatch-snapshot-restore')).toBe(0);
});

test('is Failed, with the step, when the Job of the snapshot fails', async () => {
  await world.createCompactBackup('cb-failing');
  const restore = await world.createRestore({
    name: 'snapshot-fails',
    compactBackup: 'cb-failing',
    script: [FAILING_SNAPSHOT_POD],
  });
  const result = await world.restoreResult(restore);
  expect(result.outcome).toBe('Failed');
  const { status } = world.latestRestore('snapshot-fails') ?? restore;
  expect(status).toMatchObject({ phase: 'Failed', replicationStep: 'snapshot-restore' });
  expect(status.conditions?.find(({ type }) => type === 'Failed')?.reason).toBe('SnapshotRestoreFailed');
});

test('stops its Job before it is Failed when a person cancels it', async () => {
  const restore = await world.createRestore({
    name: 'cancelled',
    compactBackup: 'cb-never',
    script: [ENDLESS_POD],
  });
  await waitFor('the Job of the snapshot exists', () => jobRuns('cancelled-snapshot-restore') === 1);
  const handle = world.restoreWorkflow(restore);
  await handle.executeUpdate(cancelRestore, { args: [{ by: 'alice@laptop' }] });
  expect(await handle.result()).toMatchObject({ outcome: 'Failed' });
  const lastOfJob = world.journal.jobs('cancelled-snapshot-restore').at(-1);
  expect(lastOfJob?.deleted).toBe(true);
  const failed = await waitFor('the journal shows the end', () =>
    world.journal.restores('cancelled').find(({ object }) => object.status.phase === 'Failed'),
  );
  expect(failed.revision).toBeGreaterThan(lastOfJob?.revision ?? Infinity);
});

test('leaves a Restore without the label alone', async () => {
  await world.createRestore({ name: 'foreign', labels: {}, script: [SNAPSHOT_POD] });
  const ours = await world.createRestore({
    name: 'after-it',
    compactBackup: 'cb-first',
    script: [SNAPSHOT_POD, LOG_POD],
  });
  await world.restoreResult(ours);
  expect(world.journal.restores('foreign')).toHaveLength(1);
  expect(await world.findWorkflows(`HoldfastResource = 'Restore/foreign'`)).toEqual([]);
});
