import { parseTime } from '../time.js';
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

/** Epoch milliseconds; no retry starts later. */
export function retryDeadlineMsOf(policy: RetryPolicy, incident: Incident): number {
  return (parseTime(incident.firstFailedAt) ?? 0) + retryTimeoutMsOf(policy, incident);
}

/** The incident with a bigger budget. */
export function withMore(
  incident: Incident,
  { retries = 0, timeoutMs = 0 }: { retries?: number | undefined; timeoutMs?: number | undefined },
): Incident {
  const known = incident.extended ?? { retries: 0, timeoutMs: 0 };
  return {
    ...incident,
    extended: { retries: known.retries + retries, timeoutMs: known.timeoutMs + timeoutMs },
  };
}
