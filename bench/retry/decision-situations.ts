import { Backup, type BackoffRetryRecord, type BackupStatus } from '../../src/domain/backup/backup.js';
import { statusWithLogCondition, type LogConditionType } from '../../src/domain/backup/log-status.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import type { SeenBackup } from '../../src/domain/retry/decide.js';
import { INCIDENT_ANNOTATION } from '../../src/domain/labels.js';
import { judgedHash } from '../../src/domain/retry/judged-hash.js';
import type { Incident } from '../../src/domain/retry/incident.js';
import { completeJob, healthyBackup } from '../healthy-objects.js';

const IDENTITY = { name: 'orders', namespace: 'prod', uid: 'backup-uid' };
const STORED = { resourceVersion: '1', creationTimestamp: '2026-11-21T10:00:00Z' };
const FAILED_AT = '2026-11-21T10:29:50Z';
const NOW_MS = Date.parse('2026-11-21T10:30:00Z');
const FIRST_JOB = 'job-1';

/** A record with all its times; its retry has begun. */
export const BEGUN_RECORD: BackoffRetryRecord = {
  retryNum: 1,
  detectFailedAt: FAILED_AT,
  expectedRetryAt: '2026-11-21T10:30:20Z',
  realRetryAt: '2026-11-21T10:30:20Z',
  retryReason: 'Job backup-orders-log-start has failed',
  originalReason: 'OOMKilled',
};

/** What the watch and the activities ask the decision about, by name. */
export const SITUATIONS: ReadonlyMap<string, SeenBackup> = new Map([
  ['healthy', seen(backupWith({}), jobWith({ condition: 'Complete' }))],
  ['running', seen(backupWith({ status: phase('Running') }), jobWith({}))],
  ['first failure', seen(backupWith({ status: phase('Running') }), jobWith({ condition: 'Failed' }))],
  ['retry waits', seen(waiting(), jobWith({ condition: 'Failed' }))],
  ['next failure', seen(afterRetries(4), jobWith({ condition: 'Failed', uid: 'job-next' }))],
  ['20 records, budget used up', seen(afterRetries(20), jobWith({ condition: 'Failed', uid: 'job-next' }))],
]);

function seen(backup: Backup, job: Job): SeenBackup {
  return { backup, job, operatorPresent: false, nowMs: NOW_MS };
}

function phase(type: LogConditionType): BackupStatus {
  return statusWithLogCondition({}, { command: 'log-start', type, now: FAILED_AT });
}

function backupWith({ status, incident }: { status?: BackupStatus; incident?: Incident }): Backup {
  const { metadata, ...rest } = healthyBackup(IDENTITY);
  const annotations = {
    ...metadata.annotations,
    ...(incident !== undefined && { [INCIDENT_ANNOTATION]: JSON.stringify(incident) }),
  };
  return Backup.parse({
    ...rest,
    metadata: { ...metadata, ...STORED, uid: IDENTITY.uid, annotations },
    ...(status !== undefined && { status }),
  });
}

function jobWith({ condition, uid = FIRST_JOB }: { condition?: 'Complete' | 'Failed'; uid?: string }): Job {
  const { metadata, spec } = completeJob(IDENTITY);
  const ended = { type: condition, status: 'True', lastTransitionTime: '2026-11-21T10:29:59Z' };
  return Job.parse({
    metadata: { ...metadata, ...STORED, uid },
    spec,
    status: { conditions: condition === undefined ? [] : [ended] },
  });
}

/** Retry 1 is recorded and due in 20 s. */
function waiting(): Backup {
  const { realRetryAt: _notYet, ...record } = BEGUN_RECORD;
  return inIncident([record]);
}

/** The retries have begun; one record for each. */
function afterRetries(retries: number): Backup {
  return inIncident(
    Array.from({ length: retries }, (_, index) => ({ ...BEGUN_RECORD, retryNum: index + 1 })),
  );
}

function inIncident(records: readonly BackoffRetryRecord[]): Backup {
  const incident: Incident = {
    id: FIRST_JOB,
    firstFailedAt: FAILED_AT,
    retries: records.length,
    lastJobUid: FIRST_JOB,
    specHash: judgedHash(backupWith({})),
    state: 'open',
  };
  return backupWith({ status: { ...phase('Failed'), backoffRetryStatus: [...records] }, incident });
}
