import { setTimeout as delay } from 'node:timers/promises';
import {
  apiBackoffMs,
  gaveUpLine,
  recoveredLine,
  retryingLine,
  type ApiRetryPolicy,
} from '../domain/api-retry.js';
import { ApiFailure } from './api-failure.js';

/** What a repeated call tells whoever logs and counts. */
export interface RetryObserver {
  /** A line of the log, as people grep it. */
  line(level: 'info' | 'warn' | 'error', text: string): void;
  /** An attempt has failed. `retried` is false for the last one, and for one that no repetition mends. */
  failedAttempt?(attempt: { readonly failure: ApiFailure; readonly retried: boolean }): void;
}

export interface RetriedCall {
  /** As the lines name it: `create ConfigMap deploy-1-cm-0`. */
  readonly operation: string;
  readonly policy: ApiRetryPolicy;
  readonly observer: RetryObserver;
  /** Ends a pause early. */
  readonly signal?: AbortSignal;
}

export interface CallResult<T> {
  readonly value: T;
  /** Repetitions that it took. */
  readonly retries: number;
}

/**
 * The in-process carrier of the retry policy, for whoever makes many calls in a loop, and for the CLI. An activity of a
 * fixed few calls is repeated whole by Temporal instead; never both for one call.
 * @throws ApiFailure the last one, when no repetition mends it or none is left
 */
export async function retriedCall<T>(
  { operation, policy, observer, signal }: RetriedCall,
  call: () => Promise<T>,
): Promise<CallResult<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const value = await call();
      const retries = attempt - 1;
      if (retries > 0) observer.line('info', recoveredLine({ operation, retries }));
      return { value, retries };
    } catch (failure) {
      if (!(failure instanceof ApiFailure)) throw failure;
      const retried = failure.retryable && attempt <= policy.maxRetries;
      observer.failedAttempt?.({ failure, retried });
      const told = { operation, attempt, maxRetries: policy.maxRetries, message: failure.detail };
      if (!retried) {
        if (failure.retryable) observer.line('error', gaveUpLine(told));
        throw failure;
      }
      const pauseMs = apiBackoffMs(policy, attempt, failure.retryAfterMs);
      observer.line('warn', retryingLine(told, pauseMs));
      await delay(pauseMs, undefined, { ...(signal !== undefined && { signal }) });
    }
  }
}
