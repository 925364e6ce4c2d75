import type { Backup } from '../backup/backup.js';
import { commandOf } from '../backup/backup-command.js';
import { failedConditionOf } from '../backup/log-status.js';
import { maxRetriesOf } from './budget.js';
import { readIncident } from './read-incident.js';
import { toRfc3339Seconds } from '../time.js';
import type { AwaitReason, Decision, LeaveReason } from './decision.js';
import type { RetryReview, Review } from './review.js';

type Of<Kind extends Decision['kind']> = Extract<Decision, { kind: Kind }>;

const LEAVE_TEXT: Readonly<Record<LeaveReason, string>> = {
  Deleting: 'the Backup is being deleted',
  NotOurs:
    'TiDB Operator retries the snapshots that it owns; volume snapshots and exports are not supervised',
  Healthy: 'the backup is healthy',
  Running: 'the Job runs, no failure is open',
  Settled: 'the incident is settled; a new failure or a changed spec opens another',
  OldFailure: 'the failure is older than the retry time-out, and nobody supervised it then',
  RetryDisabled: 'retry is disabled and the Job is not ours',
  NotStarted: 'the log backup has not started yet: nothing to stop, pause or truncate',
  OperatorCreates: 'a TiDB Operator creates the first Job here',
  InvalidUnchanged: 'the spec is still the one that was found invalid',
};

const AWAIT_TEXT: Readonly<Record<AwaitReason, string>> = {
  JobRunning: 'the Job runs',
  JobEnding: 'the Job is ending',
  SubStatus: 'the Job is complete, its pod has not reported yet',
  PredecessorGone: 'a Job of this name belongs to a deleted predecessor: waiting for it to go',
};

/**
 * Nothing is to be done. Where an incident has ended the answer says how, whoever asks: the review that ended it may be
 * followed by a nudge from before, and its worker may have died before it could tell.
 */
export function leaveReview({ reason }: Of<'Leave'>, backup: Backup): Review {
  const summary = LEAVE_TEXT[reason];
  switch (reason) {
    case 'InvalidUnchanged':
      return { next: 'Done', outcome: 'Invalid', summary };
    case 'Healthy':
      return readIncident(backup)?.state === 'settled'
        ? { next: 'Done', outcome: 'Succeeded', summary: `${summary}, its incident is settled` }
        : { next: 'Done', outcome: 'Left', summary };
    case 'Settled':
      return settledReview(backup, summary);
    default:
      return { next: 'Done', outcome: 'Left', summary };
  }
}

function settledReview(backup: Backup, summary: string): Review {
  const command = commandOf(backup);
  const failed = command === undefined ? undefined : failedConditionOf(backup.status, command);
  return failed === undefined
    ? { next: 'Done', outcome: 'Left', summary }
    : { next: 'Done', outcome: 'Failed', summary: `${failed.reason}: ${failed.message}` };
}

export function awaitReview({ reason, recheckAfterMs }: Of<'Await'>): Review {
  return {
    next: 'Await',
    summary: AWAIT_TEXT[reason],
    ...(recheckAfterMs !== undefined && { recheckAfterMs }),
  };
}

export function retryReview(decision: Of<'Record' | 'Retry' | 'Reschedule'>, reason: string): RetryReview {
  const { retryNum, dueMs, incident, policy } = decision;
  const maxRetries = maxRetriesOf(policy, incident);
  const summary = `retry ${retryNum}/${maxRetries} at ${toRfc3339Seconds(dueMs)}: ${reason}`;
  return { next: 'Retry', retryNum, maxRetries, dueMs, reason, summary };
}
