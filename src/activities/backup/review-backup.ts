import { statusWithLogCondition, logStatusPatch } from '../../domain/backup/log-status.js';
import { describeProblems } from '../../domain/field-problem.js';
import { INCIDENT_ANNOTATION } from '../../domain/labels.js';
import type { Decision, LeaveReason } from '../../domain/retry/decision.js';
import {
  badEndEvents,
  invalidEvent,
  retryStartedEvent,
  retrySucceededEvent,
} from '../../domain/retry/events.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { Incident } from '../../domain/retry/incident.js';
import type { RetryPolicy } from '../../domain/retry/policy.js';
import { firstRecord, pendingRecord } from '../../domain/retry/read-incident.js';
import { appendRecord, recordOf } from '../../domain/retry/records.js';
import type { Review } from '../../domain/retry/review.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { parseTime, toRfc3339Seconds } from '../../domain/time.js';
import { patchBackup } from '../../kubernetes/backups.js';
import { recordEvent } from '../../kubernetes/events.js';
import { currentSubcommand } from '../../domain/backup/current-subcommand.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { gatherReason } from './gather-reason.js';
import { judgeBackup, onFreshRead } from './observe-backup.js';

type Of<Kind extends Decision['kind']> = Extract<Decision, { kind: Kind }>;

/** Looks at the live objects, writes what the decision says, and tells the workflow what comes next. */
export async function reviewBackup(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<Review> {
  return onFreshRead(async () => {
    const judged = await judgeBackup(deps, input);
    if (judged === undefined)
      return { next: 'Done', outcome: 'Left', summary: 'the Backup does not exist any more' };
    return carryOut(deps, judged.seen, judged.decision);
  });
}

async function carryOut(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Decision,
): Promise<Review> {
  switch (decision.kind) {
    case 'Leave':
      return leave(decision.reason);
    case 'Await':
      return awaitReview(decision);
    case 'CreateFirstJob':
      return { next: 'CreateFirstJob', summary: `the first Job (${decision.command}) is ours to create` };
    case 'MarkInvalid':
      return markInvalid(deps, seen, decision);
    case 'Record':
      return recordFailure(deps, seen, decision);
    case 'Retry':
      return pendingRetry(deps, seen, decision);
    case 'EndBadly':
      return endBadly(deps, seen, decision);
    case 'Settle':
      return settle(deps, seen, decision);
  }
}

const LEAVE_TEXT: Readonly<Record<LeaveReason, string>> = {
  Deleting: 'the Backup is being deleted',
  NotOurs: 'only Backups in mode log are supervised',
  Healthy: 'the backup is healthy',
  Running: 'the Job runs, no failure is open',
  Settled: 'the incident is settled; a new failure or a changed spec opens another',
  OldFailure: 'the failure is older than the retry time-out and was never ours',
  RetryDisabled: 'retry is disabled and the Job is not ours',
  OperatorCreates: 'a TiDB Operator creates the first Job here',
  InvalidUnchanged: 'the spec is still the one that was found invalid',
};

function leave(reason: LeaveReason): Review {
  const outcome = reason === 'InvalidUnchanged' ? 'Invalid' : 'Left';
  return { next: 'Done', outcome, summary: LEAVE_TEXT[reason] };
}

function awaitReview({ reason, recheckAfterMs }: Of<'Await'>): Review {
  const summary = {
    JobRunning: 'the Job runs',
    JobEnding: 'the pod has reported its result, the Job has not ended yet',
    SubStatus: 'the Job is complete, its pod has not reported yet',
    PredecessorGone: 'a Job of this name belongs to a deleted predecessor: waiting for it to go',
  }[reason];
  return { next: 'Await', summary, ...(recheckAfterMs !== undefined && { recheckAfterMs }) };
}

function incidentAnnotation(incident: Incident): Record<string, string> {
  return { [INCIDENT_ANNOTATION]: JSON.stringify(incident) };
}

async function markInvalid(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Of<'MarkInvalid'>,
): Promise<Review> {
  const { backup, nowMs } = seen;
  const message = describeProblems(decision.problems);
  await recordEvent(deps.api, { backup, event: invalidEvent(decision, message), nowMs });
  const status = statusWithLogCondition(backup.status, {
    command: currentSubcommand(backup) ?? 'log-start',
    type: 'Invalid',
    reason: 'InvalidSpec',
    message,
    now: toRfc3339Seconds(nowMs),
  });
  await patchBackup(deps.api, backup, {
    status: logStatusPatch(backup.status, status),
    annotations: incidentAnnotation(decision.incident),
  });
  return { next: 'Done', outcome: 'Invalid', summary: message };
}

async function recordFailure(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Of<'Record'>,
): Promise<Review> {
  const { backup, job, nowMs } = seen;
  const reason = await gatherReason(deps, { job, jobReason: decision.failure.reason });
  const record = recordOf(decision, reason);
  await patchBackup(deps.api, backup, {
    status: { backoffRetryStatus: appendRecord(backup.status.backoffRetryStatus, record) },
    annotations: incidentAnnotation(decision.incident),
  });
  await announceRetry(deps, {
    backup,
    decision,
    reason,
    delayMs: decision.dueMs - decision.detectedMs,
    nowMs,
  });
  return retryReview(decision, reason);
}

/** Recorded before, perhaps by a worker that died right after: its Event is made sure of. */
async function pendingRetry(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Of<'Retry'>,
): Promise<Review> {
  const record = pendingRecord(seen.backup, decision.incident);
  const reason = record?.originalReason ?? 'unknown';
  const detectedMs = parseTime(record?.detectFailedAt);
  if (record !== undefined && detectedMs !== undefined) {
    const delayMs = decision.dueMs - detectedMs;
    await announceRetry(deps, { backup: seen.backup, decision, reason, delayMs, nowMs: seen.nowMs });
  }
  return retryReview(decision, reason);
}

interface Announcement {
  readonly backup: SeenBackup['backup'];
  readonly decision: Of<'Record' | 'Retry'>;
  readonly reason: string;
  readonly delayMs: number;
  readonly nowMs: number;
}

async function announceRetry(deps: BackupActivityDependencies, announcement: Announcement): Promise<void> {
  const { backup, decision, reason, delayMs, nowMs } = announcement;
  await recordEvent(deps.api, { backup, event: retryStartedEvent(decision, { reason, delayMs }), nowMs });
}

function retryReview(decision: Of<'Record' | 'Retry'>, reason: string): Review {
  const { retryNum, dueMs, incident, policy } = decision;
  const maxRetries = maxRetriesOf(policy, incident);
  const summary = `retry ${retryNum}/${maxRetries} at ${toRfc3339Seconds(dueMs)}: ${reason}`;
  return { next: 'Retry', retryNum, maxRetries, dueMs, reason, summary };
}

function maxRetriesOf(policy: RetryPolicy, incident: Incident): number {
  return policy.maxRetryTimes + (incident.extended?.retries ?? 0);
}

/** Events before the write: repeated they do nothing, forgotten they would be lost with the last open state. */
async function endBadly(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Of<'EndBadly'>,
): Promise<Review> {
  const { backup, job, nowMs } = seen;
  const last = await gatherReason(deps, { job, jobReason: decision.failure.reason });
  const first = firstRecord(backup, decision.incident)?.originalReason;
  const message =
    `${decision.explanation}; last failure: ${last}` +
    (first === undefined ? '' : `; first failure: ${first}`);
  for (const event of badEndEvents(decision, message)) await recordEvent(deps.api, { backup, event, nowMs });
  const { command, reason } = decision;
  const now = toRfc3339Seconds(nowMs);
  const status = statusWithLogCondition(backup.status, { command, type: 'Failed', reason, message, now });
  await patchBackup(deps.api, backup, {
    status: logStatusPatch(backup.status, status),
    annotations: incidentAnnotation(decision.incident),
  });
  return { next: 'Done', outcome: 'Failed', summary: `${reason}: ${message}` };
}

async function settle(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Of<'Settle'>,
): Promise<Review> {
  const { backup, nowMs } = seen;
  const event = retrySucceededEvent(decision);
  await recordEvent(deps.api, { backup, event, nowMs });
  await patchBackup(deps.api, backup, {
    annotations: incidentAnnotation({ ...decision.incident, state: 'settled' }),
  });
  return { next: 'Done', outcome: 'Succeeded', summary: event.message };
}
