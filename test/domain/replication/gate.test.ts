import { describe, expect, test } from 'vitest';
import {
  judgeGate,
  mayRetainLatestMvccVersion,
  type CompactionVerdict,
  type GateVerdict,
  type SeenCompaction,
  type SettledReason,
  type SnapshotJobState,
} from '../../../src/domain/replication/gate.js';
import type { GateAction, GatePolicy } from '../../../src/domain/replication/gate-policy.js';

const ACTIONS: readonly GateAction[] = ['fail', 'wait', 'proceed'];
const POLICIES: readonly GatePolicy[] = ACTIONS.flatMap((mismatch) =>
  ACTIONS.flatMap((timeout) => ACTIONS.map((partial) => ({ mismatch, timeout, partial }))),
);

/** What the snapshot's half must say: with the marker `SnapshotRestored`, and without. */
const SNAPSHOTS: readonly [SnapshotJobState, { without: string; marked: string }][] = [
  ['absent', { without: 'pending', marked: 'restored' }],
  ['foreign', { without: 'pending', marked: 'restored' }],
  ['running', { without: 'running', marked: 'running' }],
  ['complete', { without: 'restored', marked: 'restored' }],
  ['failed', { without: 'failed', marked: 'restored' }],
];

type Short =
  CompactionVerdict['kind'] | `${CompactionVerdict['kind']} ${SettledReason}` | 'held CompactBackupNotFound';

/** What each policy makes of something that is wrong. */
const judged = (reason: SettledReason): Readonly<Record<GateAction, Short>> => ({
  fail: `refused ${reason}`,
  wait: `held ${reason}`,
  proceed: `settled ${reason}`,
});

/** What the compaction's half must say under every policy. */
const COMPACTIONS: readonly [string, SeenCompaction, (policy: GatePolicy) => Short][] = [
  ['absent, and may be', { exists: false, overdue: false }, () => 'held CompactBackupNotFound'],
  [
    'absent for too long',
    { exists: false, overdue: true },
    ({ timeout }) => judged('CompactBackupWaitTimeout')[timeout],
  ],
  ['not started', state(''), () => 'pending'],
  ['Scheduled', state('Scheduled'), () => 'pending'],
  ['Prepare', state('Prepare'), () => 'pending'],
  ['Running', state('Running'), () => 'pending'],
  ['RetryFailed', state('RetryFailed'), () => 'pending'],
  ['unknown', state('Paused'), () => 'pending'],
  ['Complete', state('Complete'), () => 'settled AllShardsComplete'],
  ['Failed', state('Failed'), ({ partial }) => judged('ShardsPartialFailed')[partial]],
  ...['', 'Scheduled', 'Prepare', 'Running', 'RetryFailed', 'Paused', 'Complete', 'Failed'].map(
    (name): [string, SeenCompaction, (policy: GatePolicy) => Short] => [
      `${name === '' ? 'not started' : name}, of another place`,
      { ...state(name), mismatch: 'spec.s3.bucket is "a" here and "b" there' },
      ({ mismatch }) => judged('CompactBackupMismatch')[mismatch],
    ],
  ),
];

function state(name: string): Extract<SeenCompaction, { exists: true }> {
  return { exists: true, state: name, message: 'as told', mismatch: undefined };
}

function short({ compaction }: GateVerdict): string {
  return 'reason' in compaction ? `${compaction.kind} ${compaction.reason}` : compaction.kind;
}

const ROWS = SNAPSHOTS.flatMap(([snapshotJob, snapshot]) =>
  COMPACTIONS.map(([name, compaction, expected]) => ({ snapshotJob, snapshot, name, compaction, expected })),
);

describe('the gate, in every combination and under all 27 policies', () => {
  test.each(ROWS)(
    'snapshot Job $snapshotJob, CompactBackup $name',
    ({ snapshotJob, snapshot, compaction, expected }) => {
      for (const policy of POLICIES) {
        for (const snapshotRestored of [false, true]) {
          const question = { snapshotJob, snapshotRestored, settled: undefined, compaction, policy };
          const verdict = judgeGate(question);
          const half = snapshotRestored ? snapshot.marked : snapshot.without;
          expect({ ...question, is: [verdict.snapshot, short(verdict), verdict.open] }).toEqual({
            ...question,
            is: [half, expected(policy), half === 'restored' && expected(policy).startsWith('settled')],
          });
        }
      }
    },
  );

  test.each(ROWS)(
    'once settled, $name is no matter (snapshot Job $snapshotJob)',
    ({ snapshotJob, compaction }) => {
      for (const policy of POLICIES) {
        const settled = 'ShardsPartialFailed';
        const verdict = judgeGate({ snapshotJob, snapshotRestored: true, settled, compaction, policy });
        expect([short(verdict), verdict.open]).toEqual([`settled ${settled}`, snapshotJob !== 'running']);
      }
    },
  );
});

test('an unknown state is named', () => {
  const policy: GatePolicy = { mismatch: 'fail', timeout: 'fail', partial: 'proceed' };
  const { compaction } = judgeGate({
    snapshotJob: 'complete',
    snapshotRestored: true,
    settled: undefined,
    compaction: state('Paused'),
    policy,
  });
  expect(compaction.message).toBe('is in state "Paused", which this version does not know');
});

test('only a compaction that wholly succeeded lets BR retain the latest versions alone', () => {
  const reasons = [
    'AllShardsComplete',
    'ShardsPartialFailed',
    'CompactBackupMismatch',
    'CompactBackupWaitTimeout',
  ];
  expect(reasons.map(mayRetainLatestMvccVersion)).toEqual([true, false, false, false]);
});
