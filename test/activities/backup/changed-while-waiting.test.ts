import { beforeEach, expect, test } from 'vitest';
import { Job } from '../../../src/domain/kubernetes/job.js';
import { BACKUPS, EVENTS, JOBS, TIDB_CLUSTERS } from '../../../src/kubernetes/resources.js';
import { backupInIncident } from '../../domain/retry/backup-in-incident.js';
import { exampleBackup, exampleJob } from '../../domain/retry/example-backup.js';
import { createInMemoryCluster, type InMemoryCluster } from '../../kubernetes/in-memory-cluster.js';
import { INPUT, inMemoryBackup, REFERENCE, type InMemoryBackup } from '../in-memory-backup.js';

const CLUSTER = { metadata: { namespace: 'prod', name: 'basic' }, spec: { version: 'v8.5.2' } };

let memory: InMemoryCluster;
let world: InMemoryBackup;
beforeEach(() => {
  memory = createInMemoryCluster();
  world = inMemoryBackup(memory);
});

const jobs = () => memory.all(JOBS).map((job) => Job.parse(job));

test('a shorter delay makes the pending retry earlier, in its record too, without another Event', async () => {
  memory.put(BACKUPS, backupInIncident());
  // Its template is kept by the first review.
  memory.put(JOBS, { ...exampleJob({ condition: 'Failed' }), spec: { template: {} } });
  const { reviewBackup } = world.activities();
  await reviewBackup(INPUT);
  await memory.api.mergePatch(REFERENCE, { spec: { backoffRetryPolicy: { minRetryDuration: '15s' } } });
  const before = world.backup();
  expect(await reviewBackup(INPUT)).toMatchObject({
    next: 'Retry',
    retryNum: 1,
    dueMs: Date.parse('2026-11-21T10:30:05Z'),
    reason: 'OOMKilled',
  });
  const [record] = before.status.backoffRetryStatus ?? [];
  expect(world.backup().status).toEqual({
    ...before.status,
    backoffRetryStatus: [{ ...record, expectedRetryAt: '2026-11-21T10:30:05Z' }],
  });
  expect(memory.all(EVENTS)).toMatchObject([{ reason: 'RetryStarted' }]);
});

test('a retry whose Job and template are gone is built from the CR, once its TidbCluster is there', async () => {
  memory.put(BACKUPS, backupInIncident({ record: { expectedRetryAt: '2026-11-21T10:29:55Z' } }));
  const before = world.backup();
  const restart = () => world.activities().restartJob({ ...INPUT, retryNum: 1 });
  expect(await restart()).toEqual({
    result: 'Blocked',
    summary: 'TidbCluster prod/basic does not exist: waiting for it',
    recheckAfterMs: 15_000,
  });
  expect(world.backup()).toEqual(before);
  memory.put(TIDB_CLUSTERS, CLUSTER);
  expect(await restart()).toMatchObject({ result: 'Started' });
  expect(jobs().map(({ metadata }) => metadata.labels?.['holdfast.dev/attempt'])).toEqual(['1']);
});

test('a truncation to another point takes the place of the Job that did the last one', async () => {
  const [last, next] = ['450000000000000001', '450000000000000002'];
  const done = { command: 'log-truncate', phase: 'Complete', logTruncatingUntil: last };
  memory.put(TIDB_CLUSTERS, CLUSTER);
  memory.put(
    BACKUPS,
    exampleBackup({
      spec: { logTruncateUntil: next },
      status: {
        phase: 'Running',
        commitTs: '1',
        logSuccessTruncateUntil: last,
        logSubCommandStatuses: { 'log-truncate': done },
      },
    }),
  );
  const ended = exampleJob({ condition: 'Complete', uid: 'job-of-the-last-one' });
  memory.put(JOBS, { ...ended, metadata: { ...ended.metadata, name: 'backup-orders-log-truncate' } });
  const { reviewBackup, createFirstJob } = world.activities();
  expect(await reviewBackup(INPUT)).toMatchObject({ next: 'CreateFirstJob' });
  expect(await createFirstJob(INPUT)).toMatchObject({ result: 'Started' });
  const [job, ...others] = jobs();
  expect(others).toEqual([]);
  expect(job?.metadata.name).toBe('backup-orders-log-truncate');
  expect(job?.metadata.uid).not.toBe('job-of-the-last-one');
  expect(world.backup().status.logSubCommandStatuses?.['log-truncate']).toMatchObject({
    logTruncatingUntil: next,
  });
});
