import { expect, test } from 'vitest';
import { Job } from '../../src/domain/kubernetes/job.js';
import { Restore, type RestoreStatus } from '../../src/domain/replication/restore.js';
import type { Version } from './cluster-journal.js';
import { restoreViolations, type RestoreHistory } from './restore-history.js';

const AT = '2026-11-21T10:00:00Z';

function conditions(...types: string[]): RestoreStatus['conditions'] {
  return types.map((type) => ({ type, status: 'True', lastTransitionTime: AT }));
}

function restoreAt(revision: number, status: RestoreStatus): Version<Restore> {
  const metadata = { name: 'orders', namespace: 'prod', uid: 'r', resourceVersion: String(revision) };
  const object = Restore.parse({ metadata: { ...metadata, creationTimestamp: AT }, status });
  return { revision, deleted: false, object };
}

function jobAt(revision: number, parts: { uid: string; ended?: 'Complete' | 'Failed' }): Version<Job> {
  const { uid, ended } = parts;
  const metadata = { name: uid, namespace: 'prod', uid, resourceVersion: String(revision) };
  const status = { conditions: ended === undefined ? [] : [{ type: ended, status: 'True' }] };
  const object = Job.parse({ metadata: { ...metadata, creationTimestamp: AT }, spec: {}, status });
  return { revision, deleted: false, object };
}

const SNAPSHOT = {
  phase: 'SnapshotRestore',
  replicationStep: 'snapshot-restore',
  timeStarted: AT,
  conditions: conditions('SnapshotRestore'),
};
const LOG = {
  phase: 'LogRestore',
  replicationStep: 'log-restore',
  timeStarted: AT,
  conditions: conditions('SnapshotRestore', 'SnapshotRestored', 'CompactSettled', 'LogRestore'),
};
const COMPLETE = {
  ...LOG,
  phase: 'Complete',
  conditions: [...(LOG.conditions ?? []), ...(conditions('Complete') ?? [])],
};

const SOUND: RestoreHistory = {
  restores: [restoreAt(1, {}), restoreAt(2, SNAPSHOT), restoreAt(5, LOG), restoreAt(7, COMPLETE)],
  snapshotJobs: [jobAt(3, { uid: 'snapshot' }), jobAt(4, { uid: 'snapshot', ended: 'Complete' })],
  logJobs: [jobAt(6, { uid: 'log' }), jobAt(8, { uid: 'log', ended: 'Complete' })],
  events: ['started', 'complete'],
};

test('a sound history violates nothing', () => {
  expect(restoreViolations(SOUND)).toEqual([]);
});

test.each<[string, Partial<RestoreHistory>, string]>([
  [
    'a phase beside the other step',
    { restores: [restoreAt(2, SNAPSHOT), restoreAt(5, { ...LOG, replicationStep: 'snapshot-restore' })] },
    'phase LogRestore beside step "snapshot-restore" at revision 5',
  ],
  [
    'a step before its condition',
    { restores: [restoreAt(5, { ...SNAPSHOT, phase: 'Failed', replicationStep: 'log-restore' })] },
    'condition LogRestore beside step "log-restore" at revision 5',
  ],
  [
    'a phase that goes back',
    { restores: [restoreAt(5, LOG), restoreAt(6, SNAPSHOT)] },
    'phase LogRestore became SnapshotRestore at revision 6',
  ],
  [
    'a lost marker',
    { restores: [restoreAt(5, LOG), restoreAt(6, { ...LOG, conditions: conditions('LogRestore') })] },
    'condition SnapshotRestored is lost at revision 6',
  ],
  [
    'another start',
    { restores: [restoreAt(5, LOG), restoreAt(6, { ...LOG, timeStarted: '2026-11-21T11:00:00Z' })] },
    'timeStarted changed at revision 6',
  ],
  [
    'a Job that is created twice',
    { logJobs: [jobAt(6, { uid: 'log' }), jobAt(9, { uid: 'again' })] },
    'Job log was created 2 times',
  ],
  [
    'a log Job before the gate',
    { logJobs: [jobAt(4, { uid: 'log' })] },
    'the log Job was created before condition LogRestore',
  ],
  [
    'both halves at once',
    { snapshotJobs: [jobAt(3, { uid: 'snapshot' })] },
    'the log Job was created beside the snapshot Job',
  ],
  [
    'an end while a Job runs',
    {
      restores: [restoreAt(2, SNAPSHOT), restoreAt(5, { ...SNAPSHOT, phase: 'Failed' })],
      snapshotJobs: [jobAt(3, { uid: 'snapshot' })],
      logJobs: [],
    },
    'snapshot ran when the Restore was Failed',
  ],
  ['an Event twice', { events: ['started', 'started'] }, 'Event started was written again'],
])('%s is found', (_what, change, violation) => {
  expect(restoreViolations({ ...SOUND, ...change })).toContain(violation);
});

test('nothing is asked of the phases before and after', () => {
  const failed = { ...SNAPSHOT, phase: 'Failed', conditions: conditions('SnapshotRestore', 'Failed') };
  const snapshotJobs = [jobAt(3, { uid: 'snapshot', ended: 'Failed' })];
  const restores = [restoreAt(1, {}), restoreAt(2, SNAPSHOT), restoreAt(5, failed)];
  expect(restoreViolations({ ...SOUND, restores, snapshotJobs, logJobs: [] })).toEqual([]);
});
