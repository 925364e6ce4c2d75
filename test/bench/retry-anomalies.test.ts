import { describe, expect, test } from 'vitest';
import { completeJob, healthyBackup } from '../../bench/healthy-objects.js';
import { findAnomalies } from '../../bench/retry/anomalies.js';
import type { ApiWrite } from '../../bench/audit-log.js';
import type { SeenVersion } from '../../bench/recording.js';
import type { Journal } from '../../bench/retry/journal.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { ATTEMPT_LABEL } from '../../src/domain/labels.js';

const WORKER = 'holdfast-worker';
const IDENTITY = { name: 'orders', namespace: 'default', uid: 'backup-uid' };
const FAILED_AT_MS = Date.parse('2026-11-21T10:00:00.900Z');

function seen<T>(revision: number, object: T): SeenVersion<T> {
  return { atMs: FAILED_AT_MS + revision, revision, deleted: false, object };
}

function job(attempt: number, condition: string): Job {
  const { metadata, spec } = completeJob(IDENTITY);
  return Job.parse({
    metadata: {
      ...metadata,
      uid: `job-${attempt}`,
      resourceVersion: '1',
      creationTimestamp: '2026-11-21T10:00:14Z',
      labels: { ...metadata.labels, [ATTEMPT_LABEL]: String(attempt) },
    },
    spec,
    status: { conditions: [{ type: condition, status: 'True' }] },
  });
}

/** A Backup that failed once and was retried after 14 s, as the record says, in whole seconds. */
const journal: Journal = {
  backups: () => {
    const { metadata, spec, status } = healthyBackup(IDENTITY);
    const record = {
      retryNum: 1,
      expectedRetryAt: '2026-11-21T10:00:14Z',
      realRetryAt: '2026-11-21T10:00:14Z',
    };
    const backup = Backup.parse({
      metadata: {
        ...metadata,
        uid: IDENTITY.uid,
        resourceVersion: '1',
        creationTimestamp: '2026-11-21T10:00:00Z',
      },
      spec,
      status: { ...status, backoffRetryStatus: [record] },
    });
    return [seen(2, backup)];
  },
  jobs: () => [seen(1, job(0, 'Failed')), seen(3, job(1, 'Complete'))],
  ended: Promise.resolve(),
};

function write(verb: string, change: Partial<ApiWrite>): ApiWrite {
  const name = 'backup-orders-log-start';
  return { user: WORKER, verb, resource: 'jobs', name, code: 200, receivedMs: 0, answeredMs: 0, ...change };
}

function anomalies(retriedAfterMs: number) {
  const refusedAtMs = FAILED_AT_MS + 5_000;
  const controller = { user: 'job-controller', resource: 'jobs/status' };
  return findAnomalies({
    journal,
    backups: [
      {
        name: 'orders',
        failures: 1,
        backoffSeconds: 14,
        failsAfterMs: 0,
        succeedsAfterMs: 0,
        failing: 'silent',
      },
    ],
    writes: [
      write('create', { receivedMs: FAILED_AT_MS - 1_000 }),
      write('update', { ...controller, receivedMs: FAILED_AT_MS }),
      write('update', { ...controller, receivedMs: refusedAtMs, code: 409 }),
      write('create', { receivedMs: FAILED_AT_MS + retriedAfterMs }),
    ],
    workerUser: WORKER,
  });
}

describe('a retry that came before its time', () => {
  test('counts from the failure that was stored, not from a refused write of its status', () => {
    expect(anomalies(14_000)).toEqual([]);
    expect(anomalies(13_902)).toEqual([
      'Backup orders: retry 1 came 13902.0 ms after the failure, before its 14000 ms',
    ]);
  });
});
