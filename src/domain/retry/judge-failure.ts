import { maxRetriesOf, retryTimeoutMsOf } from './budget.js';
import { judgedHash } from './judged-hash.js';
import type { Backup } from '../backup/backup.js';
import type { BackupCommand } from '../backup/backup-command.js';
import { formatGoDuration } from '../go-duration.js';
import type { Job } from '../kubernetes/job.js';
import { OWNER_UID_LABEL } from '../labels.js';
import { parseTime, toRfc3339Seconds } from '../time.js';
import { retryDelayMs } from './backoff.js';
import type { Decision, JobFailure } from './decision.js';
import type { Incident } from './incident.js';
import type { RetryPolicy } from './policy.js';
import { readIncident } from './read-incident.js';
import { newIncident } from './start-incident.js';

interface FailureQuestion {
  readonly backup: Backup;
  readonly job: Job | undefined;
  readonly command: BackupCommand;
  readonly failure: JobFailure;
  readonly policy: RetryPolicy;
  /** The open incident; `undefined` where this failure opens one. */
  readonly incident: Incident | undefined;
  readonly nowMs: number;
}

/** A failure that was not judged before: retry it, or end. */
export function judgeFailure(question: FailureQuestion): Decision {
  const { backup, failure, policy, nowMs } = question;
  if (isOldAtFirstSight(question)) return { kind: 'Leave', reason: 'OldFailure' };
  const opened = newIncident({ jobUid: failure.jobUid, firstFailedMs: nowMs, hash: judgedHash(backup) });
  const incident: Incident = {
    ...(question.incident ?? opened),
    lastJobUid: failure.jobUid,
    specHash: opened.specHash,
    state: 'open',
  };
  if (!policy.enabled) return decideWithoutRetry(question, incident);
  const retryNum = incident.retries + 1;
  const dueMs = nowMs + retryDelayMs(policy, retryNum);
  return (
    limitReached(question, { incident, dueMs }) ?? {
      kind: 'Record',
      command: question.command,
      failure,
      retryNum,
      policy,
      detectedMs: nowMs,
      dueMs,
      incident: { ...incident, retries: retryNum },
    }
  );
}

/** Installing the product on a cluster with years of failed Backups must start nothing. */
function isOldAtFirstSight({ backup, failure, policy, nowMs }: FailureQuestion): boolean {
  const seenBefore = readIncident(backup) !== undefined;
  return !seenBefore && failure.sinceMs !== undefined && nowMs - failure.sinceMs > policy.retryTimeoutMs;
}

function decideWithoutRetry({ command, failure, job }: FailureQuestion, incident: Incident): Decision {
  const ours = job?.metadata.labels?.[OWNER_UID_LABEL] !== undefined;
  if (!ours && incident.retries === 0) return { kind: 'Leave', reason: 'RetryDisabled' };
  const explanation = 'retry is disabled for this Backup (spec.backoffRetryPolicy)';
  return {
    kind: 'EndBadly',
    command,
    failure,
    reason: 'JobFailed',
    explanation,
    incident: settled(incident),
  };
}

function limitReached(
  { command, failure, policy }: FailureQuestion,
  { incident, dueMs }: { incident: Incident; dueMs: number },
): Decision | undefined {
  const maxRetries = maxRetriesOf(policy, incident);
  const ending = { kind: 'EndBadly', command, failure, incident: settled(incident) } as const;
  if (incident.retries >= maxRetries) {
    const explanation = `${incident.retries} of ${maxRetries} retries used`;
    return { ...ending, reason: 'RetryExhausted', explanation };
  }
  const timeoutMs = retryTimeoutMsOf(policy, incident);
  const deadlineMs = (parseTime(incident.firstFailedAt) ?? 0) + timeoutMs;
  if (dueMs <= deadlineMs) return undefined;
  const explanation =
    `retry ${incident.retries + 1} would start at ${toRfc3339Seconds(dueMs)}, after the time-out of ` +
    `${formatGoDuration(timeoutMs)} from the first failure (${incident.firstFailedAt})`;
  return { ...ending, reason: 'RetryTimeout', explanation };
}

function settled(incident: Incident): Incident {
  return { ...incident, state: 'settled' };
}
