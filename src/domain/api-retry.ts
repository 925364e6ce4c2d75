import { shortDuration } from './go-duration.js';

/** How often, and after which pauses, a call to the API server that failed transiently is repeated (seed 003). */
export interface ApiRetryPolicy {
  /** Repetitions after the first attempt; `Infinity` for procedures, which do not give up. Default: 3. */
  readonly maxRetries: number;
  /** Pause before the first repetition, milliseconds; it doubles each time. Default: 2,000. */
  readonly initialBackoffMs: number;
  /** No pause is longer, milliseconds, except one that the API server asks for. Default: 30,000. */
  readonly maxBackoffMs: number;
}

/** Of `holdfast stress` and of the CLI. */
export const DEFAULT_API_RETRY: ApiRetryPolicy = {
  maxRetries: 3,
  initialBackoffMs: 2_000,
  maxBackoffMs: 30_000,
};

/** Of procedures, the watch and the manager in a pod: an API server that is away must not end them. */
export const ENDLESS_API_RETRY: ApiRetryPolicy = { ...DEFAULT_API_RETRY, maxRetries: Infinity };

/** One attempt of a call that failed, as its log line tells it. */
export interface FailedAttempt {
  /** `create ConfigMap deploy-1-cm-0`. */
  readonly operation: string;
  /** Counted from 1. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** The API server's own words. */
  readonly message: string;
}

/**
 * Pause before repetition `retry`, milliseconds.
 * @param retry counted from 1
 * @param retryAfterMs what the API server asked for; never waited shorter than that
 */
export function apiBackoffMs(policy: ApiRetryPolicy, retry: number, retryAfterMs = 0): number {
  const grown = policy.initialBackoffMs * 2 ** (retry - 1);
  return Math.max(Math.min(grown, policy.maxBackoffMs), retryAfterMs);
}

/** `[RETRY] create ConfigMap deploy-1-cm-0 failed (attempt 1/4): … - retrying in 2s` */
export function retryingLine(
  { operation, attempt, maxRetries, message }: FailedAttempt,
  delayMs: number,
): string {
  return `[RETRY] ${operation} failed (attempt ${attempt}${outOf(maxRetries)}): ${message} - retrying in ${shortDuration(delayMs)}`;
}

/** `[RETRY] create ConfigMap deploy-1-cm-0 succeeded after 1 retries` */
export function recoveredLine({ operation, retries }: { operation: string; retries: number }): string {
  return `[RETRY] ${operation} succeeded after ${retries} retries`;
}

/** `[RETRY] create ConfigMap deploy-5-cm-0 failed after 3 retries (4 attempts): …` */
export function gaveUpLine({ operation, attempt, message }: Omit<FailedAttempt, 'maxRetries'>): string {
  return `[RETRY] ${operation} failed after ${attempt - 1} retries (${attempt} attempts): ${message}`;
}

function outOf(maxRetries: number): string {
  return Number.isFinite(maxRetries) ? `/${maxRetries + 1}` : '';
}
