import type { Backup } from '../backup/backup.js';
import { commandOf, type BackupCommand } from '../backup/backup-command.js';
import { failedConditionOf } from '../backup/log-status.js';
import { backupModeOf } from '../backup/mode.js';
import { describeProblems } from '../field-problem.js';
import { parseTime } from '../time.js';
import { isOpen, isOurs, type SeenBackup } from './decide.js';
import type { JobFailure } from './decision.js';
import type { Incident } from './incident.js';
import { belongsTo, observeJob, type JobObservation } from './observe-job.js';
import { resolveLogRetryPolicy, type RetryPolicy } from './policy.js';
import { isAboutThisJob, pendingRecord, readIncident } from './read-incident.js';

/** One Backup as a request of a person finds it. */
export interface RequestSituation {
  readonly backup: Backup;
  readonly command: BackupCommand;
  readonly observation: JobObservation;
  readonly incident: Incident | undefined;
  readonly policy: RetryPolicy;
  readonly nowMs: number;
}

/** Senseless in this state; the reason ends with the way out. */
export interface Refusal {
  readonly kind: 'Refuse';
  readonly reason: string;
}

/** The situation, or why no request makes sense for this Backup. */
export function situationOf(seen: SeenBackup): RequestSituation | Refusal {
  const { backup, nowMs } = seen;
  if (backup.metadata.deletionTimestamp !== undefined) return refuse('the Backup is being deleted');
  const mode = backupModeOf(backup.spec);
  if ('problem' in mode) return invalidSpec(describeProblems([mode.problem]));
  if (!isOurs(seen, mode.mode)) {
    return refuse(
      'TiDB Operator owns this Backup and retries it; volume snapshots and exports are not looked after',
    );
  }
  const command = commandOf(backup);
  if (command === undefined) return invalidSpec(`spec.logSubcommand: "${backup.spec.logSubcommand ?? ''}"`);
  const { policy, problems } = resolveLogRetryPolicy(backup);
  if (policy === undefined) return invalidSpec(describeProblems(problems));
  const observation = observeJob({ ...seen, command });
  return { backup, command, observation, incident: readIncident(backup), policy, nowMs };
}

export interface PendingRetry {
  readonly incident: Incident;
  readonly retryNum: number;
  readonly dueMs: number;
}

/** The retry that is recorded for this failure and not begun. */
export function pendingFor(
  { backup, incident, nowMs }: RequestSituation,
  failure: JobFailure,
): PendingRetry | undefined {
  if (incident === undefined || !(incident.state === 'stopped' || isOpen(incident))) return undefined;
  const record = belongsTo(incident, failure) ? pendingRecord(backup, incident) : undefined;
  if (record === undefined) return undefined;
  return { incident, retryNum: record.retryNum, dueMs: parseTime(record.expectedRetryAt) ?? nowMs };
}

/** Why the last incident ended badly, as its condition says. */
export function endReasonOf({ backup, command }: RequestSituation): string | undefined {
  return failedConditionOf(backup.status, command)?.reason;
}

/** Why there is nothing to retry. */
export function notFailed({ observation, incident }: RequestSituation): string {
  switch (observation.state) {
    case 'running':
      return 'the Job runs: wait for its end';
    case 'unconfirmed':
      return 'the Job is complete, its pod has not reported yet: nothing has failed';
    case 'foreign':
      return 'a Job of this name belongs to another Backup and has to go first';
    case 'succeeded':
      return 'the backup is healthy: nothing has failed';
    case 'stale':
      return 'the last run of this sub-command has ended: a new one begins by itself';
    case 'failed':
      return 'retryNow starts a retry of what failed';
    case 'none':
      return isOpen(incident) && incident.retries > 0
        ? begun(incident)
        : 'no Job has run yet: nothing has failed';
  }
}

/** "Scheduled" is written, and there is no Job yet. */
export function hasBegun(situation: RequestSituation, incident: Incident): boolean {
  const { backup, observation } = situation;
  const pending = pendingRecord(backup, incident) !== undefined;
  return observation.state === 'none' && incident.retries > 0 && !pending && isAboutThisJob(situation);
}

export function begun({ retries }: Incident): string {
  return `retry ${retries} has begun: its Job is being created`;
}

export function refuse(reason: string): Refusal {
  return { kind: 'Refuse', reason };
}

function invalidSpec(problem: string): Refusal {
  return refuse(`the spec is invalid (${problem}): correct it, and it goes on by itself`);
}
