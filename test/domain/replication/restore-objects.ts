import { CompactBackup } from '../../../src/domain/replication/compact-backup.js';
import { Restore, type RestoreStatus } from '../../../src/domain/replication/restore.js';
import { restoreJobName } from '../../../src/domain/replication/restore-job-name.js';
import type { RestoreJobStep } from '../../../src/domain/replication/restore-step.js';
import { Job } from '../../../src/domain/kubernetes/job.js';

export const CREATED_AT = '2026-11-21T10:00:00Z';
export const CREATED_MS = Date.parse(CREATED_AT);
export const UID = '5f1c0d3e';

export const LOG_STORAGE = {
  s3: { provider: 'aws', region: 'eu-west-1', bucket: 'logs', prefix: 'orders', secretName: 's3-keys' },
};

export const PITR_SPEC = {
  restoreMode: 'pitr',
  pitrRestoredTs: '454500000000000001',
  pitrFullBackupStorageProvider: { s3: { provider: 'aws', bucket: 'snapshots', prefix: 'orders' } },
  br: { cluster: 'basic' },
  ...LOG_STORAGE,
};

interface RestoreParts {
  readonly spec?: object;
  readonly status?: RestoreStatus;
  readonly metadata?: object;
}

/** A managed replication restore. */
export function restoreWith({ spec = {}, status = {}, metadata = {} }: RestoreParts = {}): Restore {
  return Restore.parse({
    metadata: {
      name: 'orders',
      namespace: 'prod',
      uid: UID,
      resourceVersion: '7',
      creationTimestamp: CREATED_AT,
      labels: { 'holdfast.dev/managed': 'true' },
      ...metadata,
    },
    spec: { ...PITR_SPEC, replicationConfig: { compactBackupName: 'cb-1' }, ...spec },
    status,
  });
}

export function compactBackupWith({
  spec = {},
  status = {},
}: { spec?: object; status?: object } = {}): CompactBackup {
  return CompactBackup.parse({
    metadata: {
      name: 'cb-1',
      namespace: 'prod',
      uid: 'c0',
      resourceVersion: '1',
      creationTimestamp: CREATED_AT,
    },
    spec: { br: { cluster: 'basic' }, ...LOG_STORAGE, ...spec },
    status,
  });
}

/** A Job of one step; `ended` is its true condition. */
export function jobOf(
  step: RestoreJobStep,
  { ended, ownerUid = UID }: { ended?: object; ownerUid?: string } = {},
): Job {
  return Job.parse({
    metadata: {
      name: restoreJobName('orders', step),
      namespace: 'prod',
      uid: `job-${step}`,
      resourceVersion: '1',
      creationTimestamp: CREATED_AT,
      ownerReferences: [
        { apiVersion: 'pingcap.com/v1alpha1', kind: 'Restore', name: 'orders', uid: ownerUid },
      ],
    },
    spec: {},
    status: { conditions: ended === undefined ? [] : [{ status: 'True', ...ended }] },
  });
}
