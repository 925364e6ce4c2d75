import { describe, expect, test } from 'vitest';
import { replicationExpectations } from '../../dev/demo/scenes/replication-expectations.js';
import type { RestoreFacts } from '../../dev/demo/scenes/restore-facts.js';
import { createScreen } from '../../dev/demo/screen.js';
import { renderLine } from '../../dev/demo/timeline-screen.js';
import { createTimeline } from '../../dev/demo/timeline.js';
import type { Observation } from '../../dev/demo/observation.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import { Restore } from '../../src/domain/replication/restore.js';

const startedMs = Date.parse('2026-01-01T10:00:00Z');

const metadata = (name: string, createdSecond = 0) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: new Date(startedMs + createdSecond * 1_000).toISOString(),
});

function restore(name: string, status: object): Restore {
  const spec = { restoreMode: 'pitr', replicationConfig: { compactBackupName: 'orders-compaction' } };
  return Restore.parse({ metadata: metadata(name), spec, status });
}

function compaction(status: object, createdSecond = 2): CompactBackup {
  const spec = { mode: 'sharded', shardCount: 4 };
  return CompactBackup.parse({ metadata: metadata('orders-compaction', createdSecond), spec, status });
}

function completeJob(name: string, createdSecond: number): Job {
  const status = { conditions: [{ type: 'Complete', status: 'True' }] };
  return Job.parse({ metadata: metadata(name, createdSecond), spec: {}, status });
}

const isTrue = (type: string, reason: string, second = 0) => ({
  type,
  status: 'True',
  reason,
  lastTransitionTime: new Date(startedMs + second * 1_000).toISOString(),
});

const orders: RestoreFacts = {
  restore: restore('orders-dr', {
    phase: 'Complete',
    replicationStep: 'log-restore',
    conditions: [isTrue('SnapshotRestored', 'JobComplete'), isTrue('CompactSettled', 'AllShardsComplete', 9)],
  }),
  compactBackup: compaction({ state: 'Complete' }),
  eventReasons: [
    'CompactBackupNotFound',
    'CompactSettled',
    'LogRestoreStarted',
    'RestoreComplete',
    'SnapshotRestoreStarted',
  ],
  snapshotJob: completeJob('orders-dr-snapshot-restore', 0),
  logJob: completeJob('orders-dr-log-restore', 9),
  runs: [{ status: 'COMPLETED', outcome: 'Complete' }],
};

function refused(message: string): RestoreFacts {
  const failed = { ...isTrue('Failed', 'CompactBackupMismatch'), message };
  return {
    restore: restore('ledger-dr', { phase: 'Failed', conditions: [failed] }),
    compactBackup: undefined,
    eventReasons: ['GateClosed'],
    snapshotJob: undefined,
    logJob: undefined,
    runs: [{ status: 'COMPLETED', outcome: 'Failed' }],
  };
}

const ledger = refused(
  'CompactBackup default/ledger-compaction: spec.s3.prefix is "ledger-log" in the Restore and ' +
    '"ledger-log-2025" in CompactBackup ledger-compaction',
);

function differing(facts: { orders: RestoreFacts; ledger: RestoreFacts }): string[] {
  return replicationExpectations(facts)
    .filter(({ met }) => !met)
    .map(({ subject, claim }) => `${subject} ${claim}`);
}

describe('what scene replication expects', () => {
  test('stories that went as told differ in nothing', () => {
    expect(differing({ orders, ledger })).toEqual([]);
  });

  test('a log that began before its compaction had ended differs', () => {
    const early = { ...orders, logJob: completeJob('orders-dr-log-restore', 8) };
    expect(differing({ orders: early, ledger })).toEqual([
      'orders-dr began its log only when the compaction had ended',
    ]);
  });

  test('a compaction that was there before the snapshot differs', () => {
    const early = { ...orders, snapshotJob: completeJob('orders-dr-snapshot-restore', 3) };
    expect(differing({ orders: early, ledger })).toEqual([
      'orders-compaction came when the snapshot was already being restored',
    ]);
  });

  test('a refusal without both values, and one that ran a Job, differ', () => {
    const vague = { ...refused('they differ'), snapshotJob: completeJob('ledger-dr-snapshot-restore', 0) };
    expect(differing({ orders, ledger: vague })).toEqual([
      'ledger-dr names the field and both values',
      'ledger-dr ran no Job',
    ]);
  });
});

type Seen = Observation extends infer One ? (One extends Observation ? Omit<One, 'atMs'> : never) : never;

/** The lines that each observation gives, one second apart, without colours. */
function linesOf(observations: readonly Seen[]): string[] {
  const timeline = createTimeline();
  const screen = createScreen({ write: () => true });
  const subjects = ['orders-dr', 'orders-compaction'];
  return observations.flatMap((seen, index) =>
    timeline
      .observe({ ...seen, atMs: startedMs + index * 1_000 })
      .map((line) => renderLine(line, { screen, startedMs, subjects })),
  );
}

const seenRestore = (status: object): Seen => ({ kind: 'restore', restore: restore('orders-dr', status) });
const seenCompaction = (status: object): Seen => ({
  kind: 'compaction',
  compactBackup: compaction(status),
});

describe('the timeline of a replication restore', () => {
  test('tells what is waited for, the compaction shard by shard, the markers and both phases, each once', () => {
    const waiting = {
      ...isTrue('Waiting', 'CompactBackupNotFound'),
      message: 'CompactBackup default/orders-compaction: does not exist (yet)',
    };
    const begun = { phase: 'SnapshotRestore', replicationStep: 'snapshot-restore' };
    const markers = [
      isTrue('SnapshotRestored', 'JobComplete'),
      isTrue('CompactSettled', 'AllShardsComplete'),
    ];
    expect(
      linesOf([
        seenRestore({}),
        seenRestore({ ...begun, conditions: [waiting] }),
        seenCompaction({}),
        seenCompaction({ state: 'Scheduled', message: 'stand-in' }),
        seenCompaction({ state: 'Running', completedIndexes: '0' }),
        seenCompaction({ state: 'Running', completedIndexes: '0-1' }),
        seenCompaction({ state: 'Running', completedIndexes: '0-1' }),
        seenRestore({ ...begun, conditions: markers.slice(0, 1) }),
        seenCompaction({ state: 'Complete', completedIndexes: '0-3' }),
        seenRestore({ phase: 'LogRestore', replicationStep: 'log-restore', conditions: markers }),
      ]),
    ).toMatchInlineSnapshot(`
      [
        "  +0.0s  10:00:00Z  orders-dr          Restore created: the snapshot now, the log when CompactBackup orders-compaction has ended, too",
        "  +1.0s  10:00:01Z  orders-dr          waits, CompactBackupNotFound: CompactBackup default/orders-compaction: does not exist (yet)",
        "  +1.0s  10:00:01Z  orders-dr          phase (none) → SnapshotRestore, step snapshot-restore",
        "  +2.0s  10:00:02Z  orders-compaction  CompactBackup created",
        "  +3.0s  10:00:03Z  orders-compaction  compaction Scheduled (stand-in)",
        "  +4.0s  10:00:04Z  orders-compaction  compaction Running",
        "  +5.0s  10:00:05Z  orders-compaction  2 of 4 shards",
        "  +7.0s  10:00:07Z  orders-dr          marker SnapshotRestored: JobComplete",
        "  +7.0s  10:00:07Z  orders-dr          waits no more (CompactBackupNotFound)",
        "  +8.0s  10:00:08Z  orders-compaction  compaction Complete",
        "  +9.0s  10:00:09Z  orders-dr          marker CompactSettled: AllShardsComplete",
        "  +9.0s  10:00:09Z  orders-dr          phase SnapshotRestore → LogRestore, step log-restore",
      ]
    `);
  });

  test('tells why a restore is refused, whole', () => {
    const { conditions = [] } = ledger.restore.status;
    const refusal = {
      ...isTrue('CompactSettled', 'CompactBackupMismatch'),
      status: 'False',
      message: 'they differ',
    };
    const all = [refusal, ...(conditions ?? [])];
    expect(linesOf([seenRestore({}), seenRestore({ phase: 'Failed', conditions: all })]))
      .toMatchInlineSnapshot(`
      [
        "  +0.0s  10:00:00Z  orders-dr          Restore created: the snapshot now, the log when CompactBackup orders-compaction has ended, too",
        "  +1.0s  10:00:01Z  orders-dr          the gate stays closed: CompactBackupMismatch",
        "  +1.0s  10:00:01Z  orders-dr          phase (none) → Failed, step (none), CompactBackupMismatch: CompactBackup default/ledger-compaction: spec.s3.prefix is "ledger-log" in the Restore and "ledger-log-2025" in CompactBackup ledger-compaction",
      ]
    `);
  });
});
