import type { Incident } from './incident.js';
import type { RetryPolicy } from './policy.js';

/** Retries that one incident may use: the policy's, and what people added. */
export function maxRetriesOf(policy: RetryPolicy, incident: Incident | undefined): number {
  return policy.maxRetryTimes + (incident?.extended?.retries ?? 0);
}

/** From the first failure to the last moment at which a retry may start, what people added included. */
export function retryTimeoutMsOf(policy: RetryPolicy, incident: Incident): number {
  return policy.retryTimeoutMs + (incident.extended?.timeoutMs ?? 0);
}
