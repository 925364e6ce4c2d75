import { beforeEach, describe, expect, test } from 'vitest';
import type { UnknownCompaction } from '../../../src/activities/watch/unknown-compaction.js';
import { createRestoreView, type RestoreView } from '../../../src/activities/watch/restore-view.js';

const NAMESPACE = 'prod';
const LOG = { provider: 'aws', bucket: 'b', prefix: 'log' };

const metadata = (name: string, rest: object = {}) => ({
  name,
  namespace: NAMESPACE,
  uid: `${name}-uid`,
  resourceVersion: '1',
  creationTimestamp: '2026-11-21T10:00:00Z',
  ...rest,
});

const restore = (status: object = {}, meta: object = {}) => ({
  metadata: metadata('orders', { labels: { 'holdfast.dev/managed': 'true' }, ...meta }),
  spec: {
    restoreMode: 'pitr',
    replicationConfig: { compactBackupName: 'cb' },
    pitrFullBackupStorageProvider: { s3: { ...LOG, prefix: 'full' } },
    br: { cluster: 'basic' },
    s3: LOG,
  },
  status,
});

const compactBackup = (status: object = {}, name = 'cb') => ({
  metadata: metadata(name),
  spec: { br: { cluster: 'basic' }, s3: LOG, mode: 'sharded', shardCount: 4 },
  status,
});

const job = (end?: 'Complete' | 'Failed') => ({
  metadata: metadata('orders-snapshot-restore', {
    ownerReferences: [
      { apiVersion: 'pingcap.com/v1alpha1', kind: 'Restore', name: 'orders', uid: 'orders-uid' },
    ],
  }),
  spec: {},
  status: { conditions: end === undefined ? [] : [{ type: end, status: 'True' }] },
});

/** As the workflow has written it: the snapshot runs. */
const RUNNING = {
  phase: 'SnapshotRestore',
  replicationStep: 'snapshot-restore',
  timeStarted: '2026-11-21T10:00:01Z',
  conditions: [{ type: 'SnapshotRestore', status: 'True' }],
};
const COMPLETE = { ...RUNNING, phase: 'Complete', replicationStep: 'log-restore' };

let nudges: string[];
let open: Set<string>;
let gone: string[];
let unknown: UnknownCompaction[];
let changes: string[];
let view: RestoreView;
beforeEach(() => {
  nudges = [];
  open = new Set();
  gone = [];
  unknown = [];
  changes = [];
  view = createRestoreView({
    onAttention: ({ name }, { start }) => void nudges.push(start ? name : `${name} if open`),
    hasWorkflow: ({ name }) => open.has(name),
    onJobGone: (uid) => void gone.push(uid),
    onUnknownCompaction: (found) => void unknown.push(found),
    onChange: ({ before, after }) => void changes.push(`${before?.status.phase} -> ${after?.status.phase}`),
    now: () => Date.parse('2026-11-21T10:05:00Z'),
  });
});

/** What came since it was asked last. */
function since(): string[] {
  return nudges.splice(0);
}

/** The snapshot of a Restore runs, its workflow is open, and everything so far has been heard. */
function snapshotRuns(): void {
  open.add('orders');
  view.restoreSeen(restore(RUNNING));
  view.jobSeen(job());
  view.compareAll();
  since();
}

describe('a change', () => {
  test('of a Restore that is ours and new starts its workflow; of any other nothing', () => {
    view.compareAll();
    view.restoreSeen(restore());
    expect(since()).toEqual(['orders']);
    view.restoreSeen({ ...restore(), metadata: metadata('foreign') });
    expect(since()).toEqual([]);
  });

  test('that we wrote ourselves is no news', () => {
    view.compareAll();
    view.restoreSeen(restore());
    since();
    view.restoreSeen(restore(RUNNING));
    view.jobSeen(job());
    view.restoreSeen(restore({ ...RUNNING, phase: 'LogRestore', replicationStep: 'log-restore' }));
    expect(since()).toEqual([]);
  });

  test('of its Job that has ended, or is gone, wakes it', () => {
    snapshotRuns();
    view.jobSeen(job('Complete'));
    expect(since()).toEqual(['orders']);
    view.jobGone(job('Complete'));
    expect(since()).toEqual(['orders']);
  });

  test('of a CompactBackup wakes the Restores that name it: when it appears, changes its state, ends a shard', () => {
    snapshotRuns();
    view.compactBackupSeen(compactBackup({}, 'another'));
    expect(since()).toEqual([]);
    for (const status of [{ state: 'Running' }, { state: 'Running', completedIndexes: '0' }]) {
      view.compactBackupSeen(compactBackup(status));
      expect(since()).toEqual(['orders']);
    }
    view.compactBackupSeen(compactBackup({ state: 'Running', completedIndexes: '0', progress: '[3/4]' }));
    expect(since()).toEqual([]);
    view.compactBackupSeen(compactBackup({ state: 'Complete', completedIndexes: '0-3' }));
    expect(since()).toEqual(['orders']);
  });

  test('of a TidbCluster that appears wakes the Restores that wait for it', () => {
    snapshotRuns();
    view.clusterSeen({ namespace: NAMESPACE, name: 'other' });
    expect(since()).toEqual([]);
    view.clusterSeen({ namespace: NAMESPACE, name: 'basic' });
    expect(since()).toEqual(['orders']);
  });

  test('that ends a Restore, takes its label or deletes it is heard by an open workflow alone', () => {
    snapshotRuns();
    view.restoreSeen(restore(COMPLETE));
    expect(since()).toEqual(['orders if open']);
    view.restoreSeen(restore(RUNNING, { labels: {} }));
    expect(since()).toEqual(['orders if open']);
    snapshotRuns();
    view.restoreGone(restore(RUNNING));
    expect(since()).toEqual(['orders if open']);
    expect(view.knows({ namespace: NAMESPACE, name: 'orders', uid: 'orders-uid' })).toBe(false);
  });
});

describe('after a list', () => {
  test('a Restore that only waits is woken where no workflow is open, and not where one is', () => {
    view.restoreSeen(restore(RUNNING));
    view.jobSeen(job());
    view.compactBackupSeen(compactBackup({ state: 'Running' }));
    view.compareAll();
    expect(since()).toEqual(['orders']);
    open.add('orders');
    view.compareAll();
    expect(since()).toEqual([]);
  });

  test('what happened while nobody watched wakes the workflow, also an open one', () => {
    snapshotRuns();
    view.jobSeen(job('Failed'));
    since();
    view.compareAll();
    expect(since()).toEqual(['orders']);
  });

  test('an ended Restore is told to its workflow where one is open, and starts none', () => {
    view.restoreSeen(restore(COMPLETE));
    view.compareAll();
    expect(since()).toEqual([]);
    open.add('orders');
    view.compareAll();
    expect(since()).toEqual(['orders if open']);
  });

  test('what did not come with it is forgotten', () => {
    snapshotRuns();
    view.forgetUnseen({ kind: 'restores', namespace: undefined, uids: new Set() });
    expect(since()).toEqual(['orders if open']);
  });
});

describe('a Job that has gone', () => {
  test('is told of by its UID, whether it is seen to go or missing in a list', () => {
    view.jobSeen(job());
    view.jobGone(job());
    expect(gone).toEqual(['orders-snapshot-restore-uid']);
    view.jobSeen(job());
    view.forgetUnseen({ kind: 'jobs', namespace: undefined, uids: new Set() });
    expect(gone).toEqual(['orders-snapshot-restore-uid', 'orders-snapshot-restore-uid']);
  });
});

describe('a compaction in a state that this version does not know', () => {
  const found = (state: string) => ({ restore: 'prod/orders', compactBackup: 'cb', state });

  test('is told of once for each state', () => {
    snapshotRuns();
    for (const state of ['Running', 'Paused', 'Paused', 'Draining', 'Paused']) {
      view.compactBackupSeen(compactBackup({ state }));
    }
    view.compareAll();
    expect(unknown).toEqual([found('Paused'), found('Draining')]);
  });

  test('is told of again for another Restore of that name, and never for one that has ended', () => {
    snapshotRuns();
    view.compactBackupSeen(compactBackup({ state: 'Paused' }));
    view.restoreSeen(restore(RUNNING, { uid: 'orders-2' }));
    expect(unknown).toEqual([found('Paused'), found('Paused')]);
    view.restoreSeen(restore(COMPLETE, { uid: 'orders-3' }));
    view.compareAll();
    expect(unknown).toHaveLength(2);
  });
});

describe('each look at a Restore is told', () => {
  const seen = (status: object, meta: object = {}) => view.restoreSeen(restore(status, meta));
  const PHASES = { running: { phase: 'Running' }, failed: { phase: 'Failed' } };

  test('with the one before, and its end when it is deleted', () => {
    seen(PHASES.running);
    seen(PHASES.failed);
    view.restoreGone(restore(PHASES.failed));
    expect(changes).toEqual(['undefined -> Running', 'Running -> Failed', 'Failed -> undefined']);
  });

  test('and its end when its label goes', () => {
    seen(PHASES.running);
    seen(PHASES.running, { labels: {} });
    expect(changes).toEqual(['undefined -> Running', 'Running -> undefined']);
  });

  test('and its end when it is missing in a list', () => {
    seen(PHASES.running);
    view.forgetUnseen({ kind: 'restores', namespace: undefined, uids: new Set() });
    expect(changes).toEqual(['undefined -> Running', 'Running -> undefined']);
  });

  test('and its end when another object has its name', () => {
    seen(PHASES.failed);
    seen(PHASES.running, { uid: 'another' });
    expect(changes).toEqual(['undefined -> Failed', 'Failed -> undefined', 'undefined -> Running']);
  });
});
