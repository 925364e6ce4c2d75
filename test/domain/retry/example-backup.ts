import { Backup } from '../../../src/domain/backup/backup.js';
import { Job } from '../../../src/domain/kubernetes/job.js';

export const NOW_MS = Date.parse('2026-11-21T10:30:00Z');

type Fields = { [key: string]: unknown };

/** A log backup of the seed's kind: 5 retries from 30s within 2h. */
export function exampleBackup(changes: { spec?: Fields; status?: Fields; metadata?: Fields } = {}): Backup {
  return Backup.parse({
    metadata: {
      name: 'orders',
      namespace: 'prod',
      uid: 'backup-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-11-21T10:00:00Z',
      ...changes.metadata,
    },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '30s' },
      br: { cluster: 'basic' },
      s3: { provider: 'aws', bucket: 'backups' },
      ...changes.spec,
    },
    status: { ...changes.status },
  });
}

/** Its Job, with the given true condition; without one it runs. */
export function exampleJob({
  condition,
  uid = 'job-1',
  owner = 'backup-uid',
  endedAt = '2026-11-21T10:29:59Z',
  labels = { 'holdfast.dev/owner-uid': 'backup-uid' },
}: {
  condition?: 'Failed' | 'Complete' | 'FailureTarget';
  uid?: string;
  owner?: string;
  endedAt?: string;
  labels?: Record<string, string>;
} = {}): Job {
  const reason = condition === 'Failed' ? { reason: 'BackoffLimitExceeded' } : {};
  return Job.parse({
    metadata: {
      name: 'backup-orders-log-start',
      namespace: 'prod',
      uid,
      resourceVersion: '7',
      creationTimestamp: '2026-11-21T10:29:00Z',
      labels,
      ownerReferences: [{ apiVersion: 'pingcap.com/v1alpha1', kind: 'Backup', name: 'orders', uid: owner }],
    },
    spec: {},
    status: {
      conditions:
        condition === undefined
          ? []
          : [{ type: condition, status: 'True', lastTransitionTime: endedAt, ...reason }],
    },
  });
}

/** `status` in which the current sub-command stands at `phase`. */
export function logStart(phase: string): Fields {
  return { phase, logSubCommandStatuses: { 'log-start': { command: 'log-start', phase } } };
}
