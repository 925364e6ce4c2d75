import type { RetryPolicy } from './policy.js';

/** No retry waits longer, whatever the policy multiplies up to. */
const MAX_DELAY_MS = 24 * 3_600_000;

/**
 * Delay before retry `retryNum` (1, 2, …): the base doubled each time, no jitter, because people check
 * `expectedRetryAt`. Past the ceiling the product would overflow in Go; here it is capped first.
 */
export function retryDelayMs(policy: Pick<RetryPolicy, 'minRetryDurationMs'>, retryNum: number): number {
  const doublings = Math.min(retryNum - 1, 64);
  return Math.min(policy.minRetryDurationMs * 2 ** doublings, MAX_DELAY_MS);
}
