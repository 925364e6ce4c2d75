import { describe, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { attentionOf, hasPendingRetry } from '../../src/domain/notification.js';
import { specHash } from '../../src/domain/spec-hash.js';
import { projectBackup, projectJob, projectPod } from '../../src/domain/watch-projection.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './retry/example-backup.js';

const fingerprint = (backup: Backup, job?: Job) =>
  attentionOf({
    backup: projectBackup(backup),
    job: job && projectJob(job),
    operatorPresent: false,
    nowMs: NOW_MS,
  }).fingerprint;

function open(phase: string, { judged, record = {} }: { judged?: string; record?: object } = {}): Backup {
  const hash = judged ?? specHash(exampleBackup().spec);
  const incident = {
    id: 'job-1',
    firstFailedAt: '2026-11-21T10:29:00Z',
    retries: 1,
    lastJobUid: 'job-1',
    specHash: hash,
    state: 'open',
  };
  return exampleBackup({
    metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } },
    status: {
      ...logStart(phase),
      backoffRetryStatus: [{ retryNum: 1, expectedRetryAt: '2026-11-21T10:31:00Z', ...record }],
    },
  });
}
const begun = { record: { realRetryAt: '2026-11-21T10:30:00Z' } };

describe('what needs a nudge', () => {
  test.each<[string, Backup, Job | undefined]>([
    ['a first run', exampleBackup(), undefined],
    ['a failed Job', exampleBackup({ status: logStart('Running') }), exampleJob({ condition: 'Failed' })],
    ['the next failed Job', open('Running', begun), exampleJob({ uid: 'job-2', condition: 'Failed' })],
    [
      'a success in an incident',
      open('Complete', begun),
      exampleJob({ uid: 'job-2', condition: 'Complete' }),
    ],
    [
      'an edited spec while waiting',
      open('Running', { judged: 'other' }),
      exampleJob({ condition: 'Failed' }),
    ],
    ['an invalid spec', exampleBackup({ spec: { backupMode: 'tape' } }), undefined],
  ])('%s', (_name, backup, job) => {
    expect(fingerprint(backup, job)).toBeDefined();
  });
});

describe('what needs none', () => {
  test.each<[string, Backup, Job | undefined]>([
    [
      'a healthy backup',
      exampleBackup({ status: { ...logStart('Complete'), commitTs: '4' } }),
      exampleJob({ condition: 'Complete' }),
    ],
    ['a running Job', exampleBackup({ status: logStart('Running') }), exampleJob()],
    ['our own record of a failure', open('Running'), exampleJob({ condition: 'Failed' })],
    ['our own deletion of the failed Job', open('Running'), undefined],
    ['our own restart, before its Job exists', open('Scheduled', begun), undefined],
    ['the restarted Job', open('Scheduled', begun), exampleJob({ uid: 'job-2' })],
    [
      'a volume snapshot',
      exampleBackup({ spec: { backupMode: 'volume-snapshot' } }),
      exampleJob({ condition: 'Failed' }),
    ],
    [
      'an old failure at first sight',
      exampleBackup({ status: logStart('Failed') }),
      exampleJob({ condition: 'Failed', endedAt: '2026-11-20T10:00:00Z' }),
    ],
  ])('%s', (_name, backup, job) => {
    expect(fingerprint(backup, job)).toBeUndefined();
  });
});

test('two failures have two fingerprints, one failure has one', () => {
  const backup = exampleBackup({ status: logStart('Running') });
  const [one, again, two] = ['job-1', 'job-1', 'job-2'].map((uid) =>
    fingerprint(backup, exampleJob({ uid, condition: 'Failed' })),
  );
  expect(one).toBe(again);
  expect(one).not.toBe(two);
});

test('what waits for a deadline says when to look again', () => {
  const seen = (job: Job | undefined) =>
    attentionOf({ backup: open('Running', begun), job, operatorPresent: false, nowMs: NOW_MS });
  const job = exampleJob({ uid: 'job-2', condition: 'Complete', endedAt: '2026-11-21T10:29:50Z' });
  expect(seen(job)).toEqual({ fingerprint: 'SubStatus', toRecord: false, lookAgainAtMs: NOW_MS + 50_000 });
  expect(seen(exampleJob({ uid: 'job-2' }))).toEqual({ toRecord: false });
});

test('the projection keeps what deadlines and the owner are judged by', () => {
  const labels = { 'holdfast.dev/managed': 'true', team: 'shop' };
  expect(projectBackup(exampleBackup({ metadata: { labels } })).metadata.labels).toEqual(labels);
  const failing = exampleJob({ condition: 'FailureTarget' });
  expect(projectJob({ ...failing, spec: { suspend: true } })).toMatchObject({
    metadata: { creationTimestamp: failing.metadata.creationTimestamp },
    spec: { suspend: true },
    status: { conditions: [{ type: 'FailureTarget', lastTransitionTime: '2026-11-21T10:29:59Z' }] },
  });
});

test('the projection of a pod keeps whether it has started, and what it waits for', () => {
  const metadata = { ...exampleJob().metadata, name: 'pod-1' };
  const running = { name: 'br', state: { running: { startedAt: 'x' } } };
  const waiting = { name: 'backup', state: { waiting: { reason: 'ImagePullBackOff', message: 'long' } } };
  const status = { phase: 'Pending', initContainerStatuses: [running], containerStatuses: [waiting] };
  expect(projectPod({ metadata, spec: { containers: [] }, status })).toMatchObject({
    metadata: { name: 'pod-1', ownerReferences: metadata.ownerReferences },
    status: {
      phase: 'Pending',
      initContainerStatuses: [{ name: 'br', state: { running: {} } }],
      containerStatuses: [{ name: 'backup', state: { waiting: { reason: 'ImagePullBackOff' } } }],
    },
  });
  const started = projectPod({ metadata, status: { ...status, phase: 'Running' } });
  expect(started.status).toEqual({ phase: 'Running' });
});

test('the projection keeps the decision and drops what only costs memory', () => {
  const heavy = exampleBackup({
    metadata: {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(5_000) },
      managedFields: [{}],
    },
    status: logStart('Running'),
  });
  expect(JSON.stringify(projectBackup(heavy)).length).toBeLessThan(1_200);
});

test.each<[string, Backup, boolean]>([
  ['an open incident whose retry waits', open('Failed'), true],
  ['an open incident whose retry has begun', open('Running', begun), false],
  ['no incident', exampleBackup(), false],
])('%s: a retry is pending: %s', (_name, backup, pending) => {
  expect(hasPendingRetry({ backup })).toBe(pending);
});

test('only a failure that a retry may follow is to be recorded by who sees it', () => {
  const toRecord = (backup: Backup, job: Job) =>
    attentionOf({ backup, job, operatorPresent: false, nowMs: NOW_MS }).toRecord;
  const failed = exampleJob({ uid: 'job-2', condition: 'Failed' });
  expect(toRecord(open('Running', begun), failed)).toBe(true);
  expect(toRecord(open('Complete', begun), exampleJob({ uid: 'job-2', condition: 'Complete' }))).toBe(false);
  const disabled = exampleBackup({
    spec: { backupMode: 'log', br: { cluster: 'basic' }, backoffRetryPolicy: { maxRetryTimes: 0 } },
    status: logStart('Running'),
  });
  expect(toRecord(disabled, failed)).toBe(false);
});
