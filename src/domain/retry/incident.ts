import { z } from 'zod';
import { AppliedRequest } from './request.js';

/**
 * The durable incident, kept in the annotation `holdfast.dev/incident` of its Backup: everything can be rebuilt from
 * it and from `status.backoffRetryStatus` when Temporal is lost.
 */
export const Incident = z.object({
  /** UID of the Job whose failure opened it; `spec-<hash>` for a spec that was never valid. */
  id: z.string(),
  /** RFC 3339 UTC; the retry time-out counts from here. */
  firstFailedAt: z.string(),
  /** Retries decided so far, the pending one included. */
  retries: z.number().int().nonnegative(),
  /** UID of the Job whose failure was judged last; empty where none failed. */
  lastJobUid: z.string(),
  /** What people added to the budget. */
  extended: z.object({ retries: z.number().int(), timeoutMs: z.number() }).optional(),
  /** Hash of the spec that was judged: `metadata.generation` moves on status writes here and says nothing. */
  specHash: z.string(),
  /** `open` a retry is pending or running; `settled` ended, well or badly; `stopped` by a person; `invalid` the spec. */
  state: z.enum(['open', 'settled', 'stopped', 'invalid']),
  /** Class of the failure that was judged last. Free text: a class of a newer version must not spoil the incident. */
  lastClass: z.string().optional(),
  /** Stopped while a Job ran: its failure ends the incident as `RetryStopped`, its success settles it. */
  stopPending: z.literal(true).optional(),
  /** What a person asked for last, and the answer: a repetition of the same request is answered from here. */
  lastRequest: AppliedRequest.optional(),
});
export type Incident = z.infer<typeof Incident>;
