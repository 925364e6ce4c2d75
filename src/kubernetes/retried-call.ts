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
  { signal, ...told }: RetriedCall,
  call: () => Promise<T>,
): Promise<CallResult<T>> {
  const attempts = countAttempts(told);
  for (;;) {
    try {
      const value = await call();
      return { value, retries: attempts.succeeded() };
    } catch (failure) {
      const pauseMs = attempts.pauseAfter(failure);
      await delay(pauseMs, undefined, { ...(signal !== undefined && { signal }) });
    }
  }
}

/** Repeats every call that passes through it. `operation` as the log lines name it. */
export type RetryCarrier = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

export const callOnce: RetryCarrier = (_operation, call) => call();

/** The in-process form for a whole gateway. */
export function retryCarrier(how: Omit<RetriedCall, 'operation'>): RetryCarrier {
  return async (operation, call) => (await retriedCall({ ...how, operation }, call)).value;
}

/** The bookkeeping of one call, for loops that are more than a repetition of it: the watch, a write on a fresh read. */
export interface CountedAttempts {
  /** @returns the repetitions that it took; the count begins anew */
  succeeded(): number;
  /**
   * How long to wait before the next attempt, milliseconds.
   * @throws the failure itself, when no repetition mends it or none is left
   */
  pauseAfter(failure: unknown): number;
}

export function countAttempts({ operation, policy, observer }: Omit<RetriedCall, 'signal'>): CountedAttempts {
  let failures = 0;
  /** Pauses since the backoff began; fewer than the failures where it began anew. */
  let pauses = 0;
  let silent = false;
  return {
    succeeded: () => {
      const retries = failures;
      failures = 0;
      pauses = 0;
      if (retries > 0) observer.line('info', recoveredLine({ operation, retries }));
      return retries;
    },
    pauseAfter: (failure) => {
      if (!(failure instanceof ApiFailure)) throw failure;
      failures += 1;
      // Who answers again after a silence is back, and still busy for a moment: half a minute more would be too long.
      pauses = silent && failure.status !== undefined ? 1 : pauses + 1;
      silent = failure.status === undefined;
      const retried = failure.retryable && failures <= policy.maxRetries;
      observer.failedAttempt?.({ failure, retried });
      const told = {
        operation,
        attempt: failures,
        maxRetries: policy.maxRetries,
        message: failure.detail,
      };
      if (!retried) {
        if (failure.retryable) observer.line('error', gaveUpLine(told));
        throw failure;
      }
      const pauseMs = apiBackoffMs(policy, pauses, failure.retryAfterMs);
      observer.line('warn', retryingLine(told, pauseMs));
      return pauseMs;
    },
  };
}
