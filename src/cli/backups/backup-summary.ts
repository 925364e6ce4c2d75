import type { Backup, BackupCondition } from '../../domain/backup/backup.js';
import { commandOf } from '../../domain/backup/backup-command.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import { logPhaseOf, ownStatusOf } from '../../domain/backup/log-status.js';
import type { LogSubcommand } from '../../domain/backup/log-subcommand.js';
import { backupModeOf, type BackupMode } from '../../domain/backup/mode.js';
import { jobOutcome } from '../../domain/kubernetes/job-outcome.js';
import { decide, type SeenBackup } from '../../domain/retry/decide.js';
import type { LeaveReason } from '../../domain/retry/decision.js';
import type { Incident } from '../../domain/retry/incident.js';
import { resolveLogRetryPolicy } from '../../domain/retry/policy.js';
import { lastRecord, readIncident } from '../../domain/retry/read-incident.js';
import { nextActionOf, type NextAction } from './next-action.js';
import { maxRetriesOf } from '../../domain/retry/budget.js';

/** One Backup for people and scripts; printed as it is by `-o json`. Times are RFC 3339 UTC. */
export interface BackupSummary {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly mode: BackupMode | 'invalid';
  /** `status.phase`; empty before anything wrote it. */
  readonly phase: string;
  /** The sub-command that the spec asks for now; mode log only. */
  readonly subcommand?: LogSubcommand;
  /** Phase of that sub-command; absent before its first condition. */
  readonly subcommandPhase?: string;
  readonly job?: { readonly name: string; readonly state: 'running' | 'complete' | 'failed' };
  /** Absent where the policy cannot be read. */
  readonly retryEnabled?: boolean;
  /** Retries of the incident on the CR, the pending one included. */
  readonly retries: number;
  /** Absent where the policy cannot be read, and in other modes than log. */
  readonly maxRetries?: number;
  readonly incident?: Incident;
  readonly nextAction: NextAction;
  /** Why a worker would do nothing; absent where it would do something. */
  readonly leftBecause?: LeaveReason;
  /** Of the last failure, or of what stands in the way. */
  readonly lastReason?: string;
  readonly createdAt: string;
}

export function summarizeBackup(seen: SeenBackup): BackupSummary {
  const { backup } = seen;
  const { namespace, name, uid, creationTimestamp: createdAt } = backup.metadata;
  const decision = decide(seen);
  const incident = readIncident(backup);
  const lastReason = lastReasonOf(backup, incident);
  return {
    namespace,
    name,
    uid,
    ...logFacts(seen, incident),
    phase: backup.status.phase ?? '',
    retries: incident?.retries ?? 0,
    ...(incident !== undefined && { incident }),
    nextAction: nextActionOf(seen, decision),
    ...(decision.kind === 'Leave' && { leftBecause: decision.reason }),
    ...(lastReason !== undefined && { lastReason }),
    createdAt,
  };
}

type LogFacts = Pick<
  BackupSummary,
  'mode' | 'subcommand' | 'subcommandPhase' | 'job' | 'retryEnabled' | 'maxRetries'
>;

function logFacts({ backup, job }: SeenBackup, incident: Incident | undefined): LogFacts {
  const mode = backupModeOf(backup.spec);
  const command = commandOf(backup);
  if ('problem' in mode) return { mode: 'invalid' };
  if (command === undefined) return { mode: mode.mode, retryEnabled: false };
  const { policy } = resolveLogRetryPolicy(backup);
  const subcommandPhase = command === 'snapshot' ? undefined : logPhaseOf(backup.status, command);
  return {
    mode: mode.mode,
    ...(command !== 'snapshot' && { subcommand: command }),
    ...(subcommandPhase !== undefined && { subcommandPhase }),
    ...(job !== undefined && { job: { name: job.metadata.name, state: jobOutcome(job) } }),
    ...(policy !== undefined && { retryEnabled: policy.enabled }),
    ...(policy?.enabled === true && { maxRetries: maxRetriesOf(policy, incident) }),
  };
}

/** Conditions that say why a Backup does not go on, the most telling first. */
const BAD_CONDITIONS = ['Invalid', 'Failed', 'RetryFailed'] as const;

/** While an incident is open the record knows best: the phase is not touched then. */
function lastReasonOf(backup: Backup, incident: Incident | undefined): string | undefined {
  if (incident?.state === 'open') return lastRecord(backup)?.originalReason;
  const condition = badConditionOf(backup);
  if (condition === undefined) return undefined;
  return [condition.reason, condition.message].filter((part) => part !== undefined && part !== '').join(': ');
}

function badConditionOf(backup: Backup): BackupCondition | undefined {
  const command = commandOf(backup);
  const own = command === undefined ? undefined : ownStatusOf(backup.status, command);
  const current = [own?.phase, backup.status.phase];
  const conditions = [...(own?.conditions ?? []), ...(backup.status.conditions ?? [])];
  return BAD_CONDITIONS.filter((type) => current.includes(type))
    .map((type) => conditions.find((condition) => condition.type === type && condition.status === 'True'))
    .find((condition) => condition !== undefined);
}

/** Name of the Job that a worker looks at; `undefined` where the Backup has none. */
export function jobNameOf(backup: Backup): string | undefined {
  const command = commandOf(backup);
  return command === undefined ? undefined : logJobName(backup.metadata.name, command);
}
