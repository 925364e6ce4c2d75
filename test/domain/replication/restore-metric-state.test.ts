import { describe, expect, test } from 'vitest';
import { restoreMetricStateOf } from '../../../src/domain/replication/restore-metric-state.js';
import type { RestoreCondition, RestoreStatus } from '../../../src/domain/replication/restore.js';
import { CREATED_MS, restoreWith } from './restore-objects.js';

/** A condition that became True so many minutes after the Restore was created. */
function since(type: string, minutes: number, reason?: string): RestoreCondition {
  const lastTransitionTime = new Date(CREATED_MS + minutes * 60_000).toISOString();
  return { type, status: 'True', lastTransitionTime, ...(reason !== undefined && { reason }) };
}

const afterCreation = (minutes: number) => CREATED_MS / 1_000 + minutes * 60;
const stateOf = (status: RestoreStatus) => restoreMetricStateOf(restoreWith({ status }));

const snapshotStep = (...more: RestoreCondition[]): RestoreStatus => ({
  phase: 'SnapshotRestore',
  replicationStep: 'snapshot-restore',
  conditions: [since('SnapshotRestore', 1), ...more],
});

describe('the phase, and since when', () => {
  test.each<[string, RestoreStatus, string, number]>([
    ['of one whose workflow has not looked: since its creation', {}, 'NotStarted', 0],
    ['of a standard restore', { phase: 'Scheduled', conditions: [since('Scheduled', 2)] }, 'Scheduled', 2],
    ['while the snapshot is restored', snapshotStep(), 'SnapshotRestore', 1],
    [
      'while the snapshot is restored, with a compaction that is settled',
      snapshotStep(since('CompactSettled', 2, 'AllShardsComplete')),
      'SnapshotRestore',
      1,
    ],
    [
      'when only the compaction is missing: since the snapshot is restored',
      snapshotStep(since('SnapshotRestored', 7)),
      'WaitingForCompaction',
      7,
    ],
    [
      'when both halves are there and something else is in the way',
      snapshotStep(since('SnapshotRestored', 7), since('CompactSettled', 9, 'AllShardsComplete')),
      'SnapshotRestore',
      1,
    ],
    [
      'of the log half',
      {
        phase: 'LogRestore',
        replicationStep: 'log-restore',
        conditions: [since('SnapshotRestore', 1), since('SnapshotRestored', 7), since('LogRestore', 9)],
      },
      'LogRestore',
      9,
    ],
    ['of BR that runs', { phase: 'Running', conditions: [since('Running', 10)] }, 'Running', 10],
    [
      'that this version does not know',
      { phase: 'VolumeWarmUp', conditions: [since('VolumeWarmUp', 3)] },
      'Other',
      3,
    ],
    ['that no condition goes with', { phase: 'Running' }, 'Running', 0],
  ])('%s', (_what, status, phase, minutes) => {
    expect(stateOf(status)).toEqual({
      phase,
      phaseStartedSeconds: afterCreation(minutes),
      waiting: undefined,
      failed: undefined,
    });
  });
});

describe('what somebody has to bring', () => {
  test('is told by its reason, and since when it is missing', () => {
    expect(stateOf(snapshotStep(since('Waiting', 5, 'SecretNotFound')))).toMatchObject({
      phase: 'SnapshotRestore',
      waiting: { reason: 'SecretNotFound', startedSeconds: afterCreation(5) },
    });
  });

  test('is nothing once the restore has failed, whatever the pod left in the conditions', () => {
    const conditions = [since('Waiting', 5, 'SecretNotFound'), since('Failed', 6, 'RestoreFailed')];
    expect(stateOf({ phase: 'Failed', conditions })).toMatchObject({ phase: 'Failed', waiting: undefined });
  });

  test('never is free text', () => {
    expect(stateOf(snapshotStep(since('Waiting', 5, 'no secret "a/b"')))).toMatchObject({
      waiting: { reason: 'unknown' },
    });
  });
});

describe('the failure', () => {
  const failed = since('Failed', 6, 'LogRestoreFailed');
  test.each<[string, RestoreStatus, string]>([
    ['of a restore that failed', { phase: 'Failed', conditions: [failed] }, 'LogRestoreFailed'],
    [
      'stays while it is pruned',
      { phase: 'PruneRunning', conditions: [failed, since('PruneRunning', 8)] },
      'LogRestoreFailed',
    ],
    [
      'stays after it was pruned',
      { phase: 'PruneComplete', conditions: [failed, since('PruneComplete', 9)] },
      'LogRestoreFailed',
    ],
    [
      'of an invalid one',
      { phase: 'Invalid', conditions: [since('Invalid', 1, 'InvalidSpec')] },
      'InvalidSpec',
    ],
    ['without a reason', { phase: 'Failed', conditions: [since('Failed', 6)] }, 'unknown'],
    [
      'whose reason is a sentence',
      { phase: 'Failed', conditions: [since('Failed', 6, 'it broke')] },
      'unknown',
    ],
  ])('%s', (_what, status, reason) => {
    expect(stateOf(status)?.failed).toBe(reason);
  });

  test('is none while the restore runs, whatever failed before', () => {
    expect(stateOf({ phase: 'Running', conditions: [failed, since('Running', 9)] })?.failed).toBeUndefined();
  });
});

describe('nothing is told', () => {
  test('of a Restore that ended well', () => {
    expect(stateOf({ phase: 'Complete', conditions: [since('Complete', 9)] })).toBeUndefined();
  });

  test('of one that is not labelled as ours', () => {
    expect(restoreMetricStateOf(restoreWith({ metadata: { labels: {} } }))).toBeUndefined();
  });

  test('of a labelled one that is no point-in-time restore', () => {
    expect(restoreMetricStateOf(restoreWith({ spec: { restoreMode: 'snapshot' } }))).toBeUndefined();
  });
});
