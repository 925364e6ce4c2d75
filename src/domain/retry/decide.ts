import { judgedHash } from './judged-hash.js';
import type { Backup } from '../backup/backup.js';
import { commandOf, type BackupCommand } from '../backup/backup-command.js';
import { isInSync } from '../backup/current-subcommand.js';
import { backupModeOf, type BackupMode } from '../backup/mode.js';
import type { FieldProblem } from '../field-problem.js';
import type { Job } from '../kubernetes/job.js';
import type { Pod } from '../kubernetes/pod.js';
import { logJobProblems } from '../backup/log-job-problems.js';
import { parseTime } from '../time.js';
import { retryDelayMs } from './backoff.js';
import type { Decision, JobFailure } from './decision.js';
import type { Incident } from './incident.js';
import { judgeFailure } from './judge-failure.js';
import { belongsTo, observeJob, type JobObservation } from './observe-job.js';
import { resolveLogRetryPolicy, type RetryPolicy } from './policy.js';
import { isAboutThisJob, pendingRecord, readIncident } from './read-incident.js';
import { invalidIncident, withoutStop } from './start-incident.js';
import { decideStopped, isOfStoppedRetry, isStopPending } from './stopped-incident.js';

/** Everything the decision may depend on, read from the API server just now. */
export interface SeenBackup {
  readonly backup: Backup;
  /** The Job that bears the current sub-command's name, whoever owns it. */
  readonly job: Job | undefined;
  /** Pods of that Job while it has not ended; absent where nobody looked. */
  readonly pods?: readonly Pod[] | undefined;
  /** A TiDB Operator creates first Jobs here. */
  readonly operatorPresent: boolean;
  readonly nowMs: number;
}

export interface Situation extends SeenBackup {
  readonly command: BackupCommand;
  readonly observation: JobObservation;
  readonly incident: Incident | undefined;
}

/** The whole decision about one Backup: pure, so that a repeated, late or stale nudge decides the same. */
export function decide(seen: SeenBackup): Decision {
  const { backup } = seen;
  if (backup.metadata.deletionTimestamp !== undefined) return { kind: 'Leave', reason: 'Deleting' };
  const mode = backupModeOf(backup.spec);
  if ('problem' in mode) return markInvalid(seen, [mode.problem]);
  if (!isOurs(seen, mode.mode)) return { kind: 'Leave', reason: 'NotOurs' };
  const command = commandOf(backup);
  if (command === undefined) return markInvalid(seen, [unknownSubcommand(backup)]);
  const observation = observeJob({ ...seen, command });
  return decideBackup({ ...seen, command, observation, incident: readIncident(backup) });
}

/** A snapshot that the operator owns is retried by it: ours would fight it. Exports without BR are nobody's here. */
export function isOurs({ backup, operatorPresent }: SeenBackup, mode: BackupMode): boolean {
  if (mode === 'snapshot') return !operatorPresent && backup.spec.br != null;
  return mode === 'log';
}

function decideBackup(situation: Situation): Decision {
  const { backup, incident, observation } = situation;
  if (observation.state === 'foreign')
    return { kind: 'Await', reason: 'PredecessorGone', recheckAfterMs: 10_000 };
  if (
    observation.state === 'succeeded' ||
    (observation.state === 'none' && isInSync(backup.status, situation.command))
  ) {
    return isOpen(incident) || isStopPending(incident)
      ? { kind: 'Settle', incident: withoutStop(incident) }
      : { kind: 'Leave', reason: 'Healthy' };
  }
  if (observation.state === 'running') {
    const { why, recheckAfterMs } = observation;
    const later = recheckAfterMs === undefined ? {} : { recheckAfterMs };
    return isOpen(incident)
      ? { kind: 'Await', reason: why, ...later }
      : { kind: 'Leave', reason: 'Running', ...later };
  }
  if (observation.state === 'unconfirmed') {
    // Open or not: a Job that ended without a word from its pod is no success yet.
    return { kind: 'Await', reason: 'SubStatus', recheckAfterMs: observation.recheckAfterMs };
  }
  const stopped = decideStopped(situation);
  if (stopped !== undefined) return stopped;
  if (isSettledFor(situation)) return { kind: 'Leave', reason: 'Settled' };
  const { policy, problems = [] } = resolveLogRetryPolicy(backup);
  const all = [...problems, ...(isFirstRunOfOurs(situation) ? logJobProblems(backup.spec) : [])];
  if (policy === undefined || all.length > 0) return markInvalid(situation, all);
  return observation.state === 'failed'
    ? decideFailure(situation, observation.failure, policy)
    : decideAbsentJob(situation, policy);
}

function isFirstRunOfOurs({ observation, operatorPresent, incident }: Situation): boolean {
  const absent = observation.state === 'none' || observation.state === 'stale';
  return absent && !operatorPresent && !isOpen(incident);
}

/** No Job of this run, no word of success or failure: a first run, or the gap inside one of our restarts. */
function decideAbsentJob(situation: Situation, policy: RetryPolicy): Decision {
  const { backup, incident, command } = situation;
  const gap = situation.observation.state === 'none' && isAboutThisJob(situation);
  if (gap && isOpen(incident) && incident.retries > 0) {
    return retryDecision(situation, { incident, policy });
  }
  if (situation.operatorPresent) return { kind: 'Leave', reason: 'OperatorCreates' };
  const begins = command === 'log-start' || command === 'snapshot';
  if (!begins && (backup.status.commitTs ?? '') === '') {
    return { kind: 'Leave', reason: 'NotStarted' };
  }
  return isInSync(backup.status, command)
    ? { kind: 'Leave', reason: 'Healthy' }
    : { kind: 'CreateFirstJob', command };
}

function decideFailure(situation: Situation, failure: JobFailure, policy: RetryPolicy): Decision {
  const { incident, backup } = situation;
  const recorded = isOpen(incident) && pendingRecord(backup, incident) !== undefined;
  // Deleting a failed Job while its retry is pending is no new failure.
  if (recorded && belongsTo(incident, failure)) {
    return decidePending(situation, { incident, policy, failure });
  }
  if (isOpen(incident) && incident.lastJobUid === failure.jobUid) {
    // One failure is one Job UID: this one was judged, its retry has begun, and the Job seen is an old picture of it.
    return { kind: 'Await', reason: 'JobEnding', recheckAfterMs: 1_000 };
  }
  return judgeFailure({ ...situation, failure, policy, incident: isOpen(incident) ? incident : undefined });
}

/** A retry waits. What people edited meanwhile counts where it makes it earlier, or calls it off. */
function decidePending(
  situation: Situation,
  { incident, policy, failure }: { incident: Incident; policy: RetryPolicy; failure: JobFailure },
): Decision {
  const { backup, command, nowMs } = situation;
  const retry = retryDecision(situation, { incident, policy });
  if (incident.specHash === judgedHash(backup)) return retry;
  if (!policy.enabled) return judgeFailure({ ...situation, failure, policy, incident });
  const detectedMs = parseTime(pendingRecord(backup, incident)?.detectFailedAt);
  if (detectedMs === undefined) return retry;
  const dueMs = Math.max(nowMs, detectedMs + retryDelayMs(policy, incident.retries));
  const recordedMs = Math.max(nowMs, retry.dueMs);
  return secondsOf(dueMs) < secondsOf(recordedMs)
    ? { kind: 'Reschedule', command, retryNum: incident.retries, policy, dueMs, incident }
    : retry;
}

function secondsOf(timeMs: number): number {
  return Math.floor(timeMs / 1_000);
}

function retryDecision(
  situation: Situation,
  { incident, policy }: { incident: Incident; policy: RetryPolicy },
): Extract<Decision, { kind: 'Retry' }> {
  const { backup, command, nowMs } = situation;
  // Without a pending record the retry has begun already (its Job is not created yet): nothing to wait for.
  const dueMs = parseTime(pendingRecord(backup, incident)?.expectedRetryAt) ?? nowMs;
  return { kind: 'Retry', command, retryNum: incident.retries, policy, dueMs, incident };
}

/** An incident that goes on; one that was interrupted by an invalid spec goes on once the spec is valid. */
export function isOpen(incident: Incident | undefined): incident is Incident {
  return incident?.state === 'open' || (incident?.state === 'invalid' && incident.lastJobUid !== '');
}

/** Ended, and neither a new failure nor a new spec gives a reason to begin again. */
function isSettledFor({ backup, incident, observation, job }: Situation): boolean {
  if (incident?.state !== 'settled' && incident?.state !== 'stopped') return false;
  if (incident.specHash !== judgedHash(backup)) return false;
  if (observation.state !== 'failed') return observation.state === 'none' && backup.status.phase === 'Failed';
  const { failure } = observation;
  return belongsTo(incident, failure) || isOfStoppedRetry(incident, job);
}

function markInvalid(seen: SeenBackup, problems: readonly FieldProblem[]): Decision {
  const incident = readIncident(seen.backup);
  const hash = judgedHash(seen.backup);
  if (incident?.state === 'invalid' && incident.specHash === hash) {
    return { kind: 'Leave', reason: 'InvalidUnchanged' };
  }
  return { kind: 'MarkInvalid', problems, incident: invalidIncident(incident, { hash, nowMs: seen.nowMs }) };
}

function unknownSubcommand(backup: Backup): FieldProblem {
  return {
    path: 'spec.logSubcommand',
    received: backup.spec.logSubcommand ?? '',
    expected: 'log-start, log-stop or log-pause',
  };
}
