import { describe, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { attentionOf } from '../../src/domain/notification.js';
import { specHash } from '../../src/domain/spec-hash.js';
import { projectBackup, projectJob } from '../../src/domain/watch-projection.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './retry/example-backup.js';

const fingerprint = (backup: Backup, job?: Job) =>
  attentionOf({
    backup: projectBackup(backup),
    job: job && projectJob(job),
    operatorPresent: false,
    nowMs: NOW_MS,
  })?.fingerprint;

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
