import type { IncidentHistory } from '../../bench/crash/invariants.js';
import type { PlannedIncident } from '../../bench/crash/incident-plan.js';
import type { BackupEvent, Version } from '../../bench/crash/version.js';
import type { BackoffRetryRecord, Backup } from '../../src/domain/backup/backup.js';
import type { Job } from '../../src/domain/kubernetes/job.js';

const MINUTE = '2026-01-01T00:00:';
const at = (second: number) => `${MINUTE}${String(second).padStart(2, '0')}Z`;

/** One failure, one retry that succeeds. */
export const PLAN: PlannedIncident = {
  name: 'orders',
  failures: 1,
  maxRetries: 2,
  baseSeconds: 2,
  runsMs: 0,
};
/** One failure more than the budget has retries. */
export const EXHAUSTING_PLAN: PlannedIncident = { ...PLAN, failures: 2, maxRetries: 1 };

export const RECORD: BackoffRetryRecord = {
  retryNum: 1,
  detectFailedAt: at(10),
  expectedRetryAt: at(12),
  originalReason: 'exit code 1',
};
export const RETRIED: BackoffRetryRecord = { ...RECORD, realRetryAt: at(12) };

interface BackupFacts {
  readonly revision: number;
  readonly phase: string;
  readonly subPhase: string;
  readonly records?: readonly BackoffRetryRecord[];
  readonly state?: 'open' | 'settled';
  readonly retries?: number;
  readonly failedReason?: string;
}

export function backupVersion(facts: BackupFacts): Version<Backup> {
  const { revision, phase, subPhase, records, state, retries = 1, failedReason } = facts;
  const incident = { id: 'job-0', firstFailedAt: at(10), retries, lastJobUid: 'job-0', specHash: 'h', state };
  const annotations = state === undefined ? {} : { 'holdfast.dev/incident': JSON.stringify(incident) };
  const metadata = { ...meta({ name: PLAN.name, uid: 'backup', revision }), annotations };
  const failed = { command: 'log-start', type: 'Failed', status: 'True', reason: failedReason };
  const status = {
    phase,
    ...(failedReason !== undefined && { conditions: [{ ...failed, reason: failedReason }] }),
    logSubCommandStatuses: { 'log-start': { phase: subPhase } },
    ...(records !== undefined && { backoffRetryStatus: [...records] }),
  };
  return { revision, deleted: false, object: { metadata, spec: {}, status } };
}

interface JobFacts {
  readonly revision: number;
  readonly attempt: number;
  /** Default `job-<attempt>`. */
  readonly uid?: string;
  readonly createdSecond?: number;
  readonly outcome?: 'Failed' | 'Complete';
  readonly deleted?: boolean;
}

export function jobVersion(facts: JobFacts): Version<Job> {
  const { revision, attempt, uid = `job-${attempt}`, createdSecond = attempt * 12, outcome } = facts;
  const labels = { 'holdfast.dev/attempt': String(attempt) };
  const metadata = {
    ...meta({ name: 'backup-orders-log-start', uid, revision }),
    creationTimestamp: at(createdSecond),
    labels,
  };
  const conditions = outcome === undefined ? [] : [{ type: outcome, status: 'True' }];
  return {
    revision,
    deleted: facts.deleted ?? false,
    object: { metadata, spec: {}, status: { conditions } },
  };
}

export function eventVersion(
  revision: number,
  { reason, message = '' }: { reason: string; message?: string },
): Version<BackupEvent> {
  const involvedObject = { kind: 'Backup', name: PLAN.name };
  const metadata = { name: `orders.${revision}` };
  return { revision, deleted: false, object: { metadata, involvedObject, reason, message } };
}

function meta({ name, uid, revision }: { name: string; uid: string; revision: number }) {
  return {
    name,
    namespace: 'default',
    uid,
    resourceVersion: String(revision),
    creationTimestamp: at(0),
  };
}

/** What a failure and its successful retry look like when all is well. */
export const GOOD: IncidentHistory = {
  backups: [
    backupVersion({ revision: 1, phase: 'Scheduled', subPhase: 'Scheduled' }),
    backupVersion({ revision: 4, phase: 'Failed', subPhase: 'Failed', records: [RECORD], state: 'open' }),
    backupVersion({
      revision: 7,
      phase: 'Scheduled',
      subPhase: 'Scheduled',
      records: [RETRIED],
      state: 'open',
    }),
    backupVersion({
      revision: 9,
      phase: 'Running',
      subPhase: 'Complete',
      records: [RETRIED],
      state: 'open',
    }),
    backupVersion({
      revision: 12,
      phase: 'Running',
      subPhase: 'Complete',
      records: [RETRIED],
      state: 'settled',
    }),
  ],
  jobs: [
    jobVersion({ revision: 2, attempt: 0 }),
    jobVersion({ revision: 3, attempt: 0, outcome: 'Failed' }),
    jobVersion({ revision: 6, attempt: 0, outcome: 'Failed', deleted: true }),
    jobVersion({ revision: 8, attempt: 1 }),
    jobVersion({ revision: 10, attempt: 1, outcome: 'Complete' }),
  ],
  events: [
    eventVersion(5, { reason: 'RetryStarted', message: 'retry 1/2 at 00:00:12Z (in 2s): exit code 1' }),
    eventVersion(11, { reason: 'RetrySucceeded', message: 'the backup succeeded after 1 retry' }),
  ],
};

/** As `GOOD`, but the retry fails too and nothing is left. */
export const EXHAUSTED: IncidentHistory = {
  backups: [
    ...GOOD.backups.slice(0, 3),
    backupVersion({
      revision: 12,
      phase: 'Failed',
      subPhase: 'Failed',
      records: [RETRIED],
      state: 'settled',
      failedReason: 'RetryExhausted',
    }),
  ],
  jobs: [...GOOD.jobs.slice(0, 4), jobVersion({ revision: 9, attempt: 1, outcome: 'Failed' })],
  events: [
    ...GOOD.events.slice(0, 1),
    eventVersion(10, { reason: 'RetryExhausted', message: '1 of 1 retries used' }),
    eventVersion(11, { reason: 'BackupFailed', message: 'RetryExhausted: 1 of 1 retries used' }),
  ],
};
