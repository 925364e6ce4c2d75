import { beforeEach, describe, expect, test } from 'vitest';
import { createBackupView, type BackupView } from '../../../src/activities/watch/backup-view.js';
import { logStart, exampleBackup, exampleJob, NOW_MS } from '../../domain/retry/example-backup.js';

let nowMs: number;
let nudged: string[];
let gone: string[];
let view: BackupView;
beforeEach(() => {
  nowMs = NOW_MS;
  nudged = [];
  gone = [];
  view = createBackupView({
    onAttention: ({ metadata }) => void nudged.push(metadata.name),
    operatorOwns: () => true,
    hasWorkflow: () => true,
    now: () => nowMs,
    onChange: () => undefined,
    onJobGone: (uid) => void gone.push(uid),
  });
});

/** An open incident whose retry runs; its sub-status says nothing. */
function retriedBackup(phase = 'Running'): object {
  const incident = {
    id: 'job-1',
    firstFailedAt: '2026-11-21T10:29:00Z',
    retries: 1,
    lastJobUid: 'job-1',
    specHash: 'h',
    state: 'open',
  };
  const record = { retryNum: 1, realRetryAt: '2026-11-21T10:29:30Z' };
  return exampleBackup({
    metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } },
    status: { ...logStart(phase), backoffRetryStatus: [record] },
  });
}

function pod({
  name = 'pod-1',
  job = 'job-2',
  phase = 'Pending',
  createdAt = '2026-11-21T10:29:30Z',
} = {}): object {
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'backup-orders-log-start', uid: job };
  return {
    metadata: {
      name,
      namespace: 'prod',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: createdAt,
      ownerReferences: [owner],
    },
    status: {
      phase,
      containerStatuses: [{ name: 'backup', state: { waiting: { reason: 'ImagePullBackOff' } } }],
    },
  };
}

describe('a deadline', () => {
  const completeWithoutWord = exampleJob({
    uid: 'job-2',
    condition: 'Complete',
    endedAt: '2026-11-21T10:30:00Z',
  });
  const afterGrace = (ms: number) => {
    nowMs = NOW_MS + 60_000 + ms;
    view.lookAgain();
  };

  test('is looked at when it has passed, though nothing changed, and not before', () => {
    view.backupSeen(retriedBackup());
    view.jobSeen(completeWithoutWord);
    view.compareAll();
    expect(nudged).toEqual(['orders']);
    afterGrace(-1);
    expect(nudged).toEqual(['orders']);
    afterGrace(0);
    expect(nudged).toEqual(['orders', 'orders']);
    afterGrace(600_000);
    expect(nudged).toEqual(['orders', 'orders']);
  });

  test('is forgotten with what it was for', () => {
    view.backupSeen(retriedBackup());
    view.jobSeen(completeWithoutWord);
    view.compareAll();
    expect(view.size().deadlines).toBe(1);
    view.forgetUnseen({ kind: 'backups', namespace: undefined, uids: new Set() });
    expect(view.size().deadlines).toBe(0);
    afterGrace(0);
    expect(nudged).toEqual(['orders']);
  });

  test.each([
    { phase: 'Scheduled', left: 1, why: 'the new Job has its own: it has no pod yet' },
    { phase: 'Running', left: 0, why: 'a manager that has spoken has started' },
  ])('moves with what is seen meanwhile: while $phase, $why', ({ phase, left }) => {
    view.backupSeen(retriedBackup(phase));
    view.jobSeen(completeWithoutWord);
    view.compareAll();
    view.jobSeen(exampleJob({ uid: 'job-2' }));
    expect(view.size().deadlines).toBe(left);
    afterGrace(0);
    expect(nudged).toEqual(['orders']);
  });
});

describe('a pod that does not start', () => {
  const STARTED_MS = Date.parse('2026-11-21T10:29:30Z');
  const at = (ms: number) => {
    nowMs = STARTED_MS + ms;
    view.lookAgain();
  };
  beforeEach(() => {
    view.backupSeen(retriedBackup('Scheduled'));
    view.jobSeen(exampleJob({ uid: 'job-2' }));
    view.podSeen(pod());
    view.compareAll();
  });

  test('is a reason to look ten minutes after its creation, once, though nothing changed', () => {
    expect(nudged).toEqual([]);
    at(600_000 - 1);
    expect(nudged).toEqual([]);
    at(600_000);
    expect(nudged).toEqual(['orders']);
    at(3_600_000);
    expect(nudged).toEqual(['orders']);
    expect(view.size().deadlines).toBe(0);
  });

  test('is none when it starts in time', () => {
    at(599_000);
    view.podSeen(pod({ phase: 'Running' }));
    at(600_000);
    expect(nudged).toEqual([]);
    expect(view.size().deadlines).toBe(0);
  });

  test('counts anew where another pod takes its place', () => {
    at(500_000);
    view.podGone(pod());
    view.podSeen(pod({ name: 'pod-2', createdAt: '2026-11-21T10:38:00Z' }));
    at(600_000);
    expect(nudged).toEqual([]);
    nowMs = Date.parse('2026-11-21T10:48:00Z');
    view.lookAgain();
    expect(nudged).toEqual(['orders']);
  });

  test('is looked at after a list that comes later than its deadline', () => {
    nowMs = STARTED_MS + 600_000;
    view.compareAll();
    expect(nudged).toEqual(['orders']);
  });
});

test('a Job that goes is told of, seen or unseen, and one that stays is not', () => {
  view.jobSeen(exampleJob({ uid: 'job-1' }));
  view.forgetUnseen({ kind: 'jobs', namespace: 'prod', uids: new Set(['job-1']) });
  expect(gone).toEqual([]);
  view.forgetUnseen({ kind: 'jobs', namespace: 'prod', uids: new Set() });
  view.jobGone(exampleJob({ uid: 'job-2' }));
  expect(gone).toEqual(['job-1', 'job-2']);
});

describe('pods', () => {
  const runningJob = exampleJob({ uid: 'job-2' });

  test('of a running Job are kept, whichever is seen first', () => {
    view.podSeen(pod({ name: 'before' }));
    view.jobSeen(runningJob);
    view.podSeen(pod({ name: 'after' }));
    expect(view.size().pods).toBe(2);
    view.podGone(pod({ name: 'before' }));
    expect(view.size().pods).toBe(1);
  });

  test.each(['Failed', 'Complete'] as const)('are forgotten when their Job is %s', (condition) => {
    view.jobSeen(runningJob);
    view.podSeen(pod());
    view.jobSeen(exampleJob({ uid: 'job-2', condition }));
    expect(view.size().pods).toBe(0);
    view.podSeen(pod({ phase: 'Succeeded' }));
    expect(view.size().pods).toBe(0);
  });

  test('are forgotten when their Job is deleted, seen or unseen', () => {
    for (const forget of [
      () => view.jobGone(runningJob),
      () => view.forgetUnseen({ kind: 'jobs', namespace: 'prod', uids: new Set() }),
    ]) {
      view.jobSeen(runningJob);
      view.podSeen(pod());
      forget();
      expect(view.size()).toMatchObject({ jobs: 0, pods: 0 });
    }
  });

  test('that a list does not have are forgotten; those of another namespace stay', () => {
    view.jobSeen(runningJob);
    view.podSeen(pod());
    view.forgetUnseen({ kind: 'pods', namespace: 'shop', uids: new Set() });
    expect(view.size().pods).toBe(1);
    view.forgetUnseen({ kind: 'pods', namespace: 'prod', uids: new Set() });
    expect(view.size().pods).toBe(0);
  });

  test('that ended without a Job to be seen are dropped after the lists', () => {
    view.podSeen(pod({ name: 'ended', job: 'other', phase: 'Succeeded' }));
    view.podSeen(pod({ name: 'waiting', job: 'other' }));
    view.compareAll();
    expect(view.size().pods).toBe(1);
  });

  test('of ten thousand healthy Backups cost nothing, whatever the order of the lists', () => {
    const named = (index: number) => ({ name: `backup-b-${index}-log-start`, uid: `job-${index}` });
    for (let index = 0; index < 10_000; index += 1) {
      const { name, uid } = named(index);
      const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid };
      const metadata = { ...exampleJob().metadata, name: `pod-${index}`, uid: `pod-${index}` };
      view.podSeen({ metadata: { ...metadata, ownerReferences: [owner] }, status: { phase: 'Succeeded' } });
    }
    for (let index = 0; index < 10_000; index += 1) {
      const job = exampleJob({ condition: 'Complete' });
      view.jobSeen({ ...job, metadata: { ...job.metadata, ...named(index) } });
    }
    expect(view.size()).toEqual({ backups: 0, jobs: 10_000, pods: 0, deadlines: 0 });
  });
});
