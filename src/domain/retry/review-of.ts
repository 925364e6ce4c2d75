import { maxRetriesOf } from './budget.js';
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

export function leaveReview({ reason }: Of<'Leave'>): Review {
  const outcome = reason === 'InvalidUnchanged' ? 'Invalid' : 'Left';
  return { next: 'Done', outcome, summary: LEAVE_TEXT[reason] };
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
