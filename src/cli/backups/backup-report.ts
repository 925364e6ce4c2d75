import { retryTimeoutMsOf } from '../../domain/retry/budget.js';
import type { Backup } from '../../domain/backup/backup.js';
import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import { describeProblems } from '../../domain/field-problem.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import { describePolicy, resolveLogRetryPolicy } from '../../domain/retry/policy.js';
import { selectStorage, storageLocation } from '../../domain/storage-location.js';
import { parseTime, toRfc3339Seconds } from '../../domain/time.js';
import type { AuditEntry, IncidentStatus } from '../../workflows/messages.js';
import { summarizeBackup, type BackupSummary } from './backup-summary.js';
import { requestsOf } from './requests.js';
import { timelineOf, type BackupTraces, type TimelineEntry } from './timeline.js';

/** What the workflow of an incident says; its parts are missing where Temporal, or a worker, did not answer. */
export interface WorkflowView {
  readonly workflowId: string;
  /** Whether Temporal answered at all. */
  readonly asked: boolean;
  /** The open run. */
  readonly runId?: string;
  readonly status?: IncidentStatus;
  readonly webUi?: string;
}

/** Everything that `describe` knows; printed as it is by `-o json`. */
export interface BackupReport {
  readonly backup: BackupSummary;
  readonly storage?: string;
  readonly tidbCluster?: string;
  /** Who creates and who retries the Jobs. */
  readonly ownership: string;
  /** The retry policy in words, defaults filled in; or what is wrong with it. */
  readonly policy: string;
  /** The last moment at which a retry of this incident may start; RFC 3339 UTC. */
  readonly retriesEndAt?: string;
  readonly workflow: WorkflowView;
  /** What people asked, refused ones included, oldest first. */
  readonly requests: readonly AuditEntry[];
  readonly timeline: readonly TimelineEntry[];
}

export interface ReportMaterial {
  readonly seen: SeenBackup;
  readonly traces: Omit<BackupTraces, 'backup' | 'job' | 'requests'>;
  readonly workflow: WorkflowView;
}

export function backupReport({ seen, traces, workflow }: ReportMaterial): BackupReport {
  const { backup, job } = seen;
  const summary = summarizeBackup(seen);
  const requests = requestsOf(summary.incident, workflow.status?.audit);
  return {
    backup: summary,
    ...spaceFacts(backup),
    ownership: ownershipOf(summary, seen.operatorPresent),
    policy: policyText(backup, summary),
    ...retriesEnd(backup, summary),
    workflow,
    requests,
    timeline: timelineOf({ backup, job, ...traces, requests }),
  };
}

function spaceFacts(backup: Backup): Pick<BackupReport, 'storage' | 'tidbCluster'> {
  const spec = LogJobSpec.safeParse(backup.spec).data;
  const storage = spec === undefined ? undefined : selectStorage(spec);
  const { cluster, clusterNamespace } = backup.spec.br ?? {};
  return {
    ...(storage !== undefined && { storage: storageLocation(storage) }),
    ...(cluster && { tidbCluster: `${clusterNamespace || backup.metadata.namespace}/${cluster}` }),
  };
}

function ownershipOf({ mode }: BackupSummary, operatorPresent: boolean): string {
  if (mode === 'snapshot' && operatorPresent)
    return 'not looked after: TiDB Operator creates and retries snapshots';
  if (mode !== 'log' && mode !== 'snapshot') return 'not looked after: only modes log and snapshot are';
  return operatorPresent
    ? 'TiDB Operator creates the first Job, Holdfast retries'
    : 'Holdfast creates the Jobs and retries them (no TiDB Operator here)';
}

function policyText(backup: Backup, { mode }: BackupSummary): string {
  if (mode !== 'log' && mode !== 'snapshot') return '-';
  const { policy, problems } = resolveLogRetryPolicy(backup);
  return policy === undefined ? describeProblems(problems) : describePolicy(policy);
}

function retriesEnd(backup: Backup, { incident }: BackupSummary): Pick<BackupReport, 'retriesEndAt'> {
  const { policy } = resolveLogRetryPolicy(backup);
  const firstFailedMs = parseTime(incident?.firstFailedAt);
  if (policy?.enabled !== true || incident?.state !== 'open' || firstFailedMs === undefined) return {};
  const endMs = firstFailedMs + retryTimeoutMsOf(policy, incident);
  return { retriesEndAt: toRfc3339Seconds(endMs) };
}
