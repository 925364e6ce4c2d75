import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApiServerAway } from '../domain/api-server-away.js';
import type { PersonRequest } from '../domain/retry/request.js';
import type { IncidentPhase, RetryReview } from '../domain/retry/review.js';

/** "Look again": carries nothing, because the activities decide from live reads. */
export const nudge = defineSignal('nudge');
/**
 * The same signal from the watch that has just recorded a failure: what to wait for is known, and whatever is done
 * after the wait is decided from live reads.
 */
export const nudgeWithReview = defineSignal<[review: RetryReview]>(nudge.name);

/** One request of a person, refused ones included. `at` is RFC 3339 UTC. */
export interface AuditEntry {
  readonly at: string;
  readonly request: PersonRequest;
  readonly result: 'applied' | 'refused';
  /** What came of it, or why it was refused. */
  readonly answer: string;
}

/** What one open incident is doing. Times are RFC 3339 UTC. */
export interface IncidentStatus {
  readonly phase: IncidentPhase;
  /** One sentence: what happened, what it waits for. */
  readonly summary: string;
  /** Why the last judged run failed. */
  readonly lastFailure?: string;
  readonly retryNum: number;
  readonly maxRetries?: number;
  readonly nextActionAt?: string;
  /** Only while an activity waits for the API server. */
  readonly apiServerAway?: ApiServerAway;
  /** The newest 20 requests of people, oldest first; absent before the first. */
  readonly audit?: readonly AuditEntry[];
}

/** Query `status` of `superviseBackup`. */
export const status = defineQuery<IncidentStatus>('status');

/** Who asks (`alice@laptop`), and why; both are kept with the request. */
export interface ByPerson {
  readonly by?: string;
  readonly note?: string;
}

/** What came of a request. A senseless one fails the update with type `RequestRefused`, its reason and the way out. */
export interface RequestResult {
  readonly summary: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** With `forceDeletePod`: the pods that were removed. */
  readonly deletedPods?: readonly string[];
}

/** Starts the pending retry at once, or reopens an incident that ended badly with one more retry. */
export const retryNow = defineUpdate<RequestResult, [ByPerson & { readonly forceDeletePod?: boolean }]>(
  'retryNow',
);
/** Adds retries, time (a Go duration such as `1h30m`) or both; reopens what ended for want of them. */
export const extendBudget = defineUpdate<
  RequestResult,
  [ByPerson & { readonly retries?: number; readonly timeout?: string }]
>('extendBudget');
/** No further retry; a Job that runs goes on running. */
export const stopRetrying = defineUpdate<RequestResult, [ByPerson]>('stopRetrying');
/** Undoes `stopRetrying`. */
export const resumeRetrying = defineUpdate<RequestResult, [ByPerson]>('resumeRetrying');
