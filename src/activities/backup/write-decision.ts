import { log } from '@temporalio/activity';
import { commandOf } from '../../domain/backup/backup-command.js';
import { logStatusPatch, statusWithLogCondition } from '../../domain/backup/log-status.js';
import { describeProblems } from '../../domain/field-problem.js';
import type { Decision } from '../../domain/retry/decision.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import { endPermanently } from '../../domain/retry/end-permanently.js';
import {
  badEndEvents,
  invalidEvent,
  retryStartedEvent,
  retrySucceededEvent,
} from '../../domain/retry/events.js';
import type { Incident } from '../../domain/retry/incident.js';
import { firstRecord, incidentAnnotation, pendingRecord } from '../../domain/retry/read-incident.js';
import { appendRecord, recordOf, rescheduleLast } from '../../domain/retry/records.js';
import { doneBefore, statusOfDone } from '../../domain/retry/refused-subcommand.js';
import type { RetryReview, Review } from '../../domain/retry/review.js';
import { retryReview } from '../../domain/retry/review-of.js';
import { parseTime, toRfc3339Seconds } from '../../domain/time.js';
import { patchBackup } from '../../kubernetes/backups.js';
import { recordEvent } from '../../kubernetes/events.js';
import { keepTemplate, type KeptBefore } from '../../kubernetes/job-template.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { gatherReason, type GatheredReason } from './gather-reason.js';
import { backupFields, retryFields, subjectOf } from './log-lines.js';

type Deps = BackupActivityDependencies;

interface Judged<Kind extends Decision['kind']> {
  readonly seen: SeenBackup;
  readonly decision: Extract<Decision, { kind: Kind }>;
}

/*
 * The record is written before its Event and before the Job's template is kept: people look at the CR first, and a run
 * that died in between leaves a pending retry, whose review makes sure of both. Where a write closes the incident it
 * is the other way round: nobody would come back for the Event.
 */

/**
 * A failure that a retry may mend gets its record, one that none can mend its bad end. `undefined` where BR refused
 * what was done before: the Backup says so now, and has to be looked at again.
 */
export async function recordFailure(
  deps: Deps,
  { seen, decision }: Judged<'Record'>,
): Promise<Review | undefined> {
  const why = await gatherReason(deps, { seen, ...decision, jobReason: decision.failure.reason });
  const permanent = endPermanently(decision, why.classification);
  if (permanent !== undefined) {
    return (await confirmDone(deps, { seen, decision }, why))
      ? undefined
      : writeBadEnd(deps, { seen, decision: permanent }, why);
  }
  return writeRecord(deps, { seen, decision }, why);
}

/** Only a failure that a retry may mend; `undefined`, and nothing written, for one that ends the incident. */
export async function recordRetryable(
  deps: Deps,
  { seen, decision }: Judged<'Record'>,
): Promise<RetryReview | undefined> {
  const why = await gatherReason(deps, { seen, ...decision, jobReason: decision.failure.reason });
  const permanent = endPermanently(decision, why.classification) !== undefined;
  return permanent ? undefined : writeRecord(deps, { seen, decision }, why);
}

async function writeRecord(
  deps: Deps,
  { seen, decision }: Judged<'Record'>,
  { reason, classification }: GatheredReason,
): Promise<RetryReview> {
  const { backup } = seen;
  const record = recordOf(decision, reason);
  const incident: Incident = { ...decision.incident, lastClass: classification.class };
  await patchBackup(deps.api, backup, {
    status: { backoffRetryStatus: appendRecord(backup.status.backoffRetryStatus, record) },
    annotations: incidentAnnotation(incident),
  });
  log.info(`${subjectOf(backup)} failed, retry recorded`, {
    ...retryFields(backup, { attempt: record.retryNum, reason }),
    failureClass: classification.class,
    detectFailedAt: record.detectFailedAt,
    expectedRetryAt: record.expectedRetryAt,
  });
  const delayMs = decision.dueMs - decision.detectedMs;
  await Promise.all([announce(deps, { seen, decision }, { reason, delayMs }), keep(deps, seen, 'hardly')]);
  return retryReview(decision, reason);
}

/** Whether BR refused what was done before; then the Backup says that it is done. */
async function confirmDone(
  deps: Deps,
  { seen, decision: { command } }: Judged<'Record' | 'EndBadly'>,
  { evidence, reason }: GatheredReason,
): Promise<boolean> {
  const { backup, nowMs } = seen;
  const fields = doneBefore({ backup, command, evidence, nowMs });
  if (fields === undefined) return false;
  const status = statusOfDone(backup.status, { command, fields, nowMs });
  await patchBackup(deps.api, backup, { status: logStatusPatch(backup.status, status) });
  log.info('BR refused what an earlier run had done: taken as success', {
    ...backupFields(backup),
    command,
    reason,
  });
  return true;
}

export async function pendingRetry(deps: Deps, { seen, decision }: Judged<'Retry'>): Promise<Review> {
  const record = pendingRecord(seen.backup, decision.incident);
  const reason = record?.originalReason ?? 'unknown';
  const detectedMs = parseTime(record?.detectFailedAt);
  if (detectedMs !== undefined) {
    await announce(deps, { seen, decision }, { reason, delayMs: decision.dueMs - detectedMs });
  }
  await keep(deps, seen, 'perhaps');
  return retryReview(decision, reason);
}

/** An edited policy makes a pending retry earlier: its record says so before the timer is set anew. */
export async function reschedule(deps: Deps, { seen, decision }: Judged<'Reschedule'>): Promise<Review> {
  const { backup } = seen;
  await patchBackup(deps.api, backup, {
    status: { backoffRetryStatus: rescheduleLast(backup.status.backoffRetryStatus, decision.dueMs) },
  });
  const reason = pendingRecord(backup, decision.incident)?.originalReason ?? 'unknown';
  log.info(`${subjectOf(backup)} retry is due earlier, its policy was edited`, {
    ...retryFields(backup, { attempt: decision.retryNum, reason }),
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
  await recordEvent(deps, { backup, event: retryStartedEvent(decision, why), nowMs });
}

/** Whoever deletes the failed Job while its retry waits, as TiDB Operator may, takes nothing with it. */
async function keep(deps: Deps, { backup, job }: SeenBackup, keptBefore: KeptBefore): Promise<void> {
  if (job !== undefined) await keepTemplate(deps.api, { backup, job, keptBefore });
}

/** @returns `undefined` where BR refused what was done before: the Backup has to be looked at again. */
export async function endBadly(
  deps: Deps,
  { seen, decision }: Judged<'EndBadly'>,
): Promise<Review | undefined> {
  const why = await gatherReason(deps, { seen, ...decision, jobReason: decision.failure.reason });
  return (await confirmDone(deps, { seen, decision }, why))
    ? undefined
    : writeBadEnd(deps, { seen, decision }, why);
}

async function writeBadEnd(
  deps: Deps,
  { seen, decision }: Judged<'EndBadly'>,
  { reason: last, classification }: GatheredReason,
): Promise<Review> {
  const { backup, nowMs } = seen;
  const { command, reason, explanation } = decision;
  const incident: Incident = { ...decision.incident, lastClass: classification.class };
  const first = firstRecord(backup, incident)?.originalReason;
  const message = `${explanation}; last failure: ${last}${firstFailure(first, last)}; failure class: ${classification.class}`;
  for (const event of badEndEvents(decision, message)) await recordEvent(deps, { backup, event, nowMs });
  const now = toRfc3339Seconds(nowMs);
  const status = statusWithLogCondition(backup.status, { command, type: 'Failed', reason, message, now });
  await patchBackup(deps.api, backup, {
    status: logStatusPatch(backup.status, status),
    annotations: incidentAnnotation(incident),
  });
  log.warn(`${subjectOf(backup)} failed for good, no further retry`, {
    ...retryFields(backup, { attempt: incident.retries, reason: last }),
    end: reason,
    explanation,
    failureClass: classification.class,
  });
  return { next: 'Done', outcome: 'Failed', summary: `${reason}: ${message}` };
}

export async function settle(deps: Deps, { seen, decision }: Judged<'Settle'>): Promise<Review> {
  const { backup, nowMs } = seen;
  const event = retrySucceededEvent(decision);
  await recordEvent(deps, { backup, event, nowMs });
  const incident: Incident = { ...decision.incident, state: 'settled' };
  await patchBackup(deps.api, backup, { annotations: incidentAnnotation(incident) });
  log.info(`${subjectOf(backup)} succeeded after retry`, {
    ...retryFields(backup, { attempt: incident.retries }),
    end: 'Succeeded',
  });
  return { next: 'Done', outcome: 'Succeeded', summary: event.message };
}

export async function markInvalid(deps: Deps, { seen, decision }: Judged<'MarkInvalid'>): Promise<Review> {
  const { backup, nowMs } = seen;
  const message = describeProblems(decision.problems);
  await recordEvent(deps, { backup, event: invalidEvent(decision, message), nowMs });
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
  log.warn('backup spec is invalid, nothing started', {
    ...backupFields(backup),
    problems: decision.problems,
  });
  return { next: 'Done', outcome: 'Invalid', summary: message };
}

function firstFailure(first: string | undefined, last: string): string {
  if (first === undefined) return '';
  return first === last ? ' (the first was the same)' : `; first failure: ${first}`;
}
