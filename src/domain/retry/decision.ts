import type { FieldProblem } from '../field-problem.js';
import type { LogSubcommand } from '../backup/log-subcommand.js';
import type { Incident } from './incident.js';
import type { RetryPolicy } from './policy.js';

/** Why there is nothing to do, for good or until something else happens. */
export type LeaveReason =
  | 'Deleting'
  | 'NotOurs'
  | 'Healthy'
  | 'Running'
  | 'Settled'
  | 'OldFailure'
  | 'RetryDisabled'
  | 'OperatorCreates'
  | 'InvalidUnchanged';

/** What an open incident or a first run waits for. */
export type AwaitReason = 'JobRunning' | 'JobEnding' | 'SubStatus' | 'PredecessorGone';

export type BadEndReason =
  'RetryExhausted' | 'RetryTimeout' | 'PermanentFailure' | 'JobFailed' | 'RetryStopped';

/** One failure: one Job UID. */
export interface JobFailure {
  readonly jobName: string;
  /** UID of the failed Job; `gone-…` where the Job was deleted while the backup ran. */
  readonly jobUid: string;
  /** When it failed, epoch milliseconds; `undefined` where nothing says it. */
  readonly sinceMs: number | undefined;
  /** The Job condition's reason, or what happened to it. */
  readonly reason: string;
}

/** What to do with what was seen. A closed union: the workflow and the activities handle every kind. */
export type Decision =
  /** Nothing to do; the workflow ends. The watch looks again after `recheckAfterMs`. */
  | { readonly kind: 'Leave'; readonly reason: LeaveReason; readonly recheckAfterMs?: number }
  /** Nothing to do yet; look again on a nudge, or after `recheckAfterMs`. */
  | { readonly kind: 'Await'; readonly reason: AwaitReason; readonly recheckAfterMs?: number }
  | { readonly kind: 'MarkInvalid'; readonly problems: readonly FieldProblem[]; readonly incident: Incident }
  | { readonly kind: 'CreateFirstJob'; readonly command: LogSubcommand }
  | {
      readonly kind: 'Record';
      readonly command: LogSubcommand;
      readonly failure: JobFailure;
      readonly retryNum: number;
      readonly policy: RetryPolicy;
      readonly detectedMs: number;
      readonly dueMs: number;
      readonly incident: Incident;
    }
  /** Recorded already: start retry `retryNum` at `dueMs`. */
  | {
      readonly kind: 'Retry';
      readonly command: LogSubcommand;
      readonly retryNum: number;
      readonly policy: RetryPolicy;
      readonly dueMs: number;
      readonly incident: Incident;
    }
  | {
      readonly kind: 'EndBadly';
      readonly command: LogSubcommand;
      readonly failure: JobFailure;
      readonly reason: BadEndReason;
      readonly explanation: string;
      readonly incident: Incident;
    }
  /** The backup succeeded: close the incident. */
  | { readonly kind: 'Settle'; readonly incident: Incident };
