import type { Incident } from '../../domain/retry/incident.js';
import type { RetryPolicy } from '../../domain/retry/policy.js';

/** Retries that one incident may use: the policy's, and what people added. */
export function maxRetriesOf(policy: RetryPolicy, incident: Incident | undefined): number {
  return policy.maxRetryTimes + (incident?.extended?.retries ?? 0);
}
