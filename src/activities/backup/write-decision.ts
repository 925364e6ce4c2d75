import { log } from '@temporalio/activity';
import { commandOf } from '../../domain/backup/backup-command.js';
import { logStatusPatch, statusWithLogCondition } from '../../domain/backup/log-status.js';
import { describeProblems } from '../../domain/field-problem.js';
import type { Decision } from '../../domain/retry/decision.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import {
  badEndEvents,
  invalidEvent,
  retryStartedEvent,
  retrySucceededEvent,
} from '../../domain/retry/events.js';
import type { Incident } from '../../domain/retry/incident.js';
import { firstRecord, incidentAnnotation, pendingRecord } from '../../domain/retry/read-incident.js';
import { appendRecord, recordOf, rescheduleLast } from '../../domain/retry/records.js';
import type { Review } from '../../domain/retry/review.js';
import { retryReview } from '../../domain/retry/review-of.js';
import { parseTime, toRfc3339Seconds } from '../../domain/time.js';
import { patchBackup } from '../../kubernetes/backups.js';
import { recordEvent } from '../../kubernetes/events.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { gatherReason } from './gather-reason.js';

type Deps = BackupActivityDependencies;

interface Judged<Kind extends Decision['kind']> {
  readonly seen: SeenBackup;
  readonly decision: Extract<Decision, { kind: Kind }>;
}

/*
 * The record is written before its Event: people look at the CR first, and a run that died in between leaves a pending
 * retry, whose review makes sure of the Event. Where a write closes the incident it is the other way round: nobody
 * would come back for the Event.
 */

export async function recordFailure(deps: Deps, { seen, decision }: Judged<'Record'>): Promise<Review> {
  const { backup, job } = seen;
  const reason = await gatherReason(deps, { job, jobReason: decision.failure.reason });
  const record = recordOf(decision, reason);
  await patchBackup(deps.api, backup, {
    status: { backoffRetryStatus: appendRecord(backup.status.backoffRetryStatus, record) },
    annotations: incidentAnnotation(decision.incident),
  });
  log.info('log backup failed, retry recorded', { ...nameOf(seen), ...record });
  await announce(deps, { seen, decision }, { reason, delayMs: decision.dueMs - decision.detectedMs });
  return retryReview(decision, reason);
}

export async function pendingRetry(deps: Deps, { seen, decision }: Judged<'Retry'>): Promise<Review> {
  const record = pendingRecord(seen.backup, decision.incident);
  const reason = record?.originalReason ?? 'unknown';
  const detectedMs = parseTime(record?.detectFailedAt);
  if (detectedMs !== undefined) {
    await announce(deps, { seen, decision }, { reason, delayMs: decision.dueMs - detectedMs });
  }
  return retryReview(decision, reason);
}

/** An edited policy makes a pending retry earlier: its record says so before the timer is set anew. */
export async function reschedule(deps: Deps, { seen, decision }: Judged<'Reschedule'>): Promise<Review> {
  const { backup } = seen;
  await patchBackup(deps.api, backup, {
    status: { backoffRetryStatus: rescheduleLast(backup.status.backoffRetryStatus, decision.dueMs) },
  });
  const reason = pendingRecord(backup, decision.incident)?.originalReason ?? 'unknown';
  log.info('log backup retry is due earlier, its policy was edited', {
    ...nameOf(seen),
    retryNum: decision.retryNum,
    expectedRetryAt: toRfc3339Seconds(decision.dueMs),
  });
  return retryReview(decision, reason);
}

async function announce(
  deps: Deps,
  { seen, decision }: Judged<'Record' | 'Retry'>,
  why: { reason: string; delayMs: number },
): Promise<void> {
  const { backup, nowMs } = seen;
  await recordEvent(deps.api, { backup, event: retryStartedEvent(decision, why), nowMs });
}

export async function endBadly(deps: Deps, { seen, decision }: Judged<'EndBadly'>): Promise<Review> {
  const { backup, job, nowMs } = seen;
  const { command, reason, incident, explanation, failure } = decision;
  const last = await gatherReason(deps, { job, jobReason: failure.reason });
  const first = firstRecord(backup, incident)?.originalReason;
  const message = `${explanation}; last failure: ${last}${firstFailure(first, last)}`;
  for (const event of badEndEvents(decision, message)) await recordEvent(deps.api, { backup, event, nowMs });
  const now = toRfc3339Seconds(nowMs);
  const status = statusWithLogCondition(backup.status, { command, type: 'Failed', reason, message, now });
  await patchBackup(deps.api, backup, {
    status: logStatusPatch(backup.status, status),
    annotations: incidentAnnotation(incident),
  });
  log.warn('log backup failed for good, no further retry', { ...nameOf(seen), reason, explanation, last });
  return { next: 'Done', outcome: 'Failed', summary: `${reason}: ${message}` };
}

export async function settle(deps: Deps, { seen, decision }: Judged<'Settle'>): Promise<Review> {
  const { backup, nowMs } = seen;
  const event = retrySucceededEvent(decision);
  await recordEvent(deps.api, { backup, event, nowMs });
  const incident: Incident = { ...decision.incident, state: 'settled' };
  await patchBackup(deps.api, backup, { annotations: incidentAnnotation(incident) });
  log.info('log backup succeeded after retry', { ...nameOf(seen), retries: incident.retries });
  return { next: 'Done', outcome: 'Succeeded', summary: event.message };
}

export async function markInvalid(deps: Deps, { seen, decision }: Judged<'MarkInvalid'>): Promise<Review> {
  const { backup, nowMs } = seen;
  const message = describeProblems(decision.problems);
  await recordEvent(deps.api, { backup, event: invalidEvent(decision, message), nowMs });
  const status = statusWithLogCondition(backup.status, {
    command: commandOf(backup) ?? 'log-start',
    type: 'Invalid',
    reason: 'InvalidSpec',
    message,
    now: toRfc3339Seconds(nowMs),
  });
  await patchBackup(deps.api, backup, {
    status: logStatusPatch(backup.status, status),
    annotations: incidentAnnotation(decision.incident),
  });
  log.warn('backup spec is invalid, nothing started', { ...nameOf(seen), problems: decision.problems });
  return { next: 'Done', outcome: 'Invalid', summary: message };
}

function firstFailure(first: string | undefined, last: string): string {
  if (first === undefined) return '';
  return first === last ? ' (the first was the same)' : `; first failure: ${first}`;
}

function nameOf({ backup: { metadata } }: SeenBackup): { backup: string } {
  return { backup: `${metadata.namespace}/${metadata.name}` };
}
