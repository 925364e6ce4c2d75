import { logPhaseOf } from '../../domain/backup/log-status.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import { describeProblems } from '../../domain/field-problem.js';
import { shortDuration } from '../../domain/go-duration.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { Decision, LeaveReason } from '../../domain/retry/decision.js';
import { pendingRecord, readIncident } from '../../domain/retry/read-incident.js';
import { resolveLogRetryPolicy } from '../../domain/retry/policy.js';
import { toRfc3339Seconds } from '../../domain/time.js';
import { maxRetriesOf } from '../../domain/retry/budget.js';

/** What happens next to a Backup, and who brings it about. */
export interface NextAction {
  /**
   * `Retry` a retry is due at `at`; `Now` a worker has to act at once; `Wait` for the Job or somebody else;
   * `LeftAlone` a failure that Holdfast does not touch; `None` nothing is open.
   */
  readonly kind: 'Retry' | 'Now' | 'Wait' | 'LeftAlone' | 'None';
  readonly what: string;
  /** RFC 3339 UTC. */
  readonly at?: string;
}

/** The decision that a worker would take now, in words: the CLI and the workflow cannot disagree. */
export function nextActionOf(seen: SeenBackup, decision: Decision): NextAction {
  switch (decision.kind) {
    case 'Record':
      return { kind: 'Now', what: `record the failure and plan retry ${decision.retryNum}` };
    case 'Reschedule':
      return { kind: 'Now', what: `retry ${decision.retryNum} is due earlier: its policy was edited` };
    case 'Retry':
      return nextRetry(seen, decision);
    case 'EndBadly':
      return { kind: 'Now', what: `end as Failed, ${decision.reason}: ${decision.explanation}` };
    case 'MarkInvalid':
      return { kind: 'Now', what: `mark as Invalid: ${describeProblems(decision.problems)}` };
    case 'CreateFirstJob':
      return firstJob(seen, decision.command);
    case 'Settle':
      return { kind: 'Now', what: 'close the incident: the backup succeeded' };
    case 'Await':
      return { kind: 'Wait', what: AWAIT_TEXT[decision.reason] };
    case 'Leave':
      return left(seen, decision.reason);
  }
}

/** What stands in the way is the last reason; the workflow looks again by itself. */
function firstJob({ backup }: SeenBackup, command: BackupCommand): NextAction {
  return logPhaseOf(backup.status, command) === 'RetryFailed'
    ? { kind: 'Wait', what: `wait for what is missing, then create the first Job (${command})` }
    : { kind: 'Now', what: `create the first Job (${command})` };
}

function nextRetry(
  { backup }: SeenBackup,
  { retryNum, policy, incident, dueMs }: Extract<Decision, { kind: 'Retry' }>,
): NextAction {
  const what = `retry ${retryNum} of ${maxRetriesOf(policy, incident)}`;
  return pendingRecord(backup, incident) === undefined
    ? { kind: 'Now', what: `${what}: create the Job` }
    : { kind: 'Retry', what, at: toRfc3339Seconds(dueMs) };
}

const AWAIT_TEXT: Readonly<Record<Extract<Decision, { kind: 'Await' }>['reason'], string>> = {
  JobRunning: 'the Job runs',
  JobEnding: 'the pod has reported its result, the Job has not ended yet',
  SubStatus: 'the Job is complete, its pod has not reported yet',
  PredecessorGone: 'a Job of this name belongs to a deleted Backup and has to go first',
};

const LEAVE_ACTION: Readonly<Record<Exclude<LeaveReason, 'OldFailure' | 'Settled'>, NextAction>> = {
  Deleting: { kind: 'None', what: 'the Backup is being deleted' },
  NotOurs: { kind: 'None', what: 'none of ours: TiDB Operator retries it' },
  Healthy: { kind: 'None', what: 'none: healthy' },
  Running: { kind: 'Wait', what: 'the Job runs' },
  RetryDisabled: { kind: 'LeftAlone', what: 'left alone: retry is disabled and the Job is not ours' },
  NotStarted: {
    kind: 'Wait',
    what: 'the log backup has not started yet: nothing to stop, pause or truncate',
  },
  OperatorCreates: { kind: 'Wait', what: 'TiDB Operator creates the first Job' },
  InvalidUnchanged: { kind: 'None', what: 'none until the spec is corrected' },
};

function left(seen: SeenBackup, reason: LeaveReason): NextAction {
  if (reason === 'Settled') return { kind: 'None', what: settled(seen) };
  return reason === 'OldFailure' ? leftAlone(seen) : LEAVE_ACTION[reason];
}

function settled({ backup }: SeenBackup): string {
  return readIncident(backup)?.state === 'stopped'
    ? "none: stopped ('holdfast backup resume' goes on)"
    : 'none: the incident has ended';
}

function leftAlone({ backup }: SeenBackup): NextAction {
  const timeoutMs = resolveLogRetryPolicy(backup).policy?.retryTimeoutMs;
  const limit = timeoutMs === undefined ? '' : ` (${shortDuration(timeoutMs)})`;
  return { kind: 'LeftAlone', what: `left alone: failed longer ago than its retry time-out${limit}` };
}
