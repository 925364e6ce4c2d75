import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Restore } from '../../src/domain/replication/restore.js';
import { cancelRestore } from '../../src/workflows/restore-messages.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

/** Here the pods of restores run the real manager; only BR is a stand-in. */
let world: RestoreWorld;
beforeAll(async () => {
  world = await startRestoreWorld();
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});
afterAll(() => world?.stop());

const RESTORES_AT_ONCE = { brSeconds: 0.2 };
const conditionOf = (name: string, type: string) =>
  world.latestRestore(name)?.status.conditions?.find((condition) => condition.type === type);

/** What the workflow says when it is over; the watch starts it when it hears of the Restore. */
async function endOf(restore: Restore) {
  const { name } = restore.metadata;
  await waitFor(
    `restore ${name} ends`,
    () => ['Complete', 'Failed'].includes(world.latestRestore(name)?.status.phase ?? ''),
    60_000,
  );
  return world.restoreWorkflow(restore).result();
}

test('the manager in the pod of the log half has the last word', async () => {
  await world.createCompactBackup('cb-whole');
  await world.setCompaction('cb-whole', { state: 'Complete' });
  const restore = await world.createRestore({
    name: 'whole',
    compactBackup: 'cb-whole',
    script: [RESTORES_AT_ONCE, RESTORES_AT_ONCE],
    spec: { pitrRestoredTs: '454500000000000001' },
  });
  expect(await endOf(restore)).toMatchObject({ outcome: 'Complete' });
  expect(world.latestRestore('whole')?.status).toMatchObject({
    phase: 'Complete',
    replicationStep: 'log-restore',
    commitTs: '454500000000000001',
    progresses: [{ step: 'Point Restore', progress: 100 }],
  });
  expect(conditionOf('whole', 'Running')).toBeDefined();
  expect(conditionOf('whole', 'Complete')?.reason).toBeUndefined();
});

test('a compaction that failed in part is made up for: BR keeps all versions, which it accepts', async () => {
  await world.createCompactBackup('cb-partial');
  await world.setCompaction('cb-partial', { state: 'Failed', message: 'shard 2 of 3 failed' });
  const restore = await world.createRestore({
    name: 'partial',
    compactBackup: 'cb-partial',
    script: [RESTORES_AT_ONCE, { br: 'compaction-incomplete' }],
  });
  expect(await endOf(restore)).toMatchObject({ outcome: 'Complete' });
  expect(conditionOf('partial', 'CompactSettled')?.reason).toBe('ShardsPartialFailed');
});

test('a BR that refuses the log says why in the Restore', async () => {
  await world.createCompactBackup('cb-lying');
  await world.setCompaction('cb-lying', { state: 'Complete' });
  const restore = await world.createRestore({
    name: 'lying',
    compactBackup: 'cb-lying',
    script: [RESTORES_AT_ONCE, { br: 'compaction-incomplete' }],
  });
  expect(await endOf(restore)).toMatchObject({ outcome: 'Failed' });
  expect(world.latestRestore('lying')?.status).toMatchObject({
    phase: 'Failed',
    replicationStep: 'log-restore',
  });
  expect(conditionOf('lying', 'Failed')?.message).toContain('retain-latest-mvcc-version requires');
});

test('a restore that is cancelled while BR restores the log ends when its pod is gone', async () => {
  await world.createCompactBackup('cb-cancelled');
  await world.setCompaction('cb-cancelled', { state: 'Complete' });
  const restore = await world.createRestore({
    name: 'cancelled',
    compactBackup: 'cb-cancelled',
    script: [RESTORES_AT_ONCE, { br: 'hang' }],
  });
  await waitFor('BR restores the log', () => world.latestRestore('cancelled')?.status.phase === 'Running');
  const handle = world.restoreWorkflow(restore);
  await handle.executeUpdate(cancelRestore, { args: [{ by: 'alice@laptop' }] });
  expect(await handle.result()).toMatchObject({ outcome: 'Failed' });
  expect(world.latestRestore('cancelled')?.status.phase).toBe('Failed');
  expect(world.journal.jobs('cancelled-log-restore').at(-1)?.deleted).toBe(true);
});
