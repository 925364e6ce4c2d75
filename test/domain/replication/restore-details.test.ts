import { expect, test } from 'vitest';
import { restoreDetails } from '../../../src/domain/replication/restore-details.js';
import { compactBackupWith } from './restore-objects.js';
import { createRestoreWorld, seenIn, settle } from './restore-world.js';

test('both halves, and what is waited for', () => {
  const world = createRestoreWorld();
  settle(world);
  expect(restoreDetails(seenIn(world))).toEqual([
    'snapshot restore: running',
    'compaction cb-1: not found',
    'phase: SnapshotRestore',
    'step: snapshot-restore',
    'waits: CompactBackup prod/cb-1: does not exist (yet)',
  ]);
});

test('shards that have ended, and what the compaction says', () => {
  const world = createRestoreWorld();
  const spec = { mode: 'sharded', shardCount: 8 };
  const status = { state: 'Failed', completedIndexes: '0-2', failedIndexes: '3', message: 'shard 3 failed' };
  world.compactBackup = compactBackupWith({ spec, status });
  settle(world);
  expect(restoreDetails(seenIn(world))).toEqual([
    'snapshot restore: running',
    'compaction cb-1: Failed, 3 of 8 shards, 1 failed (3), settled (ShardsPartialFailed)',
    'phase: SnapshotRestore',
    'step: snapshot-restore',
    'compaction says: shard 3 failed',
  ]);
});

test('a standard restore has no halves', () => {
  const world = createRestoreWorld({ spec: { replicationConfig: undefined } });
  expect(restoreDetails(seenIn(world))).toEqual(['phase: not started']);
});

test('a state of the compaction that this version does not know is waited for', () => {
  const world = createRestoreWorld();
  world.compactBackup = compactBackupWith({ status: { state: 'Paused' } });
  settle(world);
  expect(restoreDetails(seenIn(world))).toContain(
    'compaction cb-1: Paused, unknown to this version, waited for',
  );
});
