import { z } from 'zod';

const Count = z.number().int().min(0);

/** What has been counted so far; only operations that have ended, except `failedAttempts`. */
export const StressTally = z.object({
  succeeded: Count,
  failed: Count,
  /** Operations whose first attempt succeeded. */
  firstAttemptSucceeded: Count,
  /** Operations that succeeded, by the retries that they took. */
  retryDistribution: z.record(z.string(), Count),
  /** Attempts that failed, by reason. */
  failedAttempts: z.record(z.string(), Count),
  /** Operations that failed, by reason. */
  errors: z.record(z.string(), Count),
  byKind: z.record(z.string(), z.object({ succeeded: Count, failed: Count })),
  /** Operations that succeeded, by how long they took: see latency-histogram.ts. */
  latency: z.array(Count),
  /** The first failures in words. */
  failures: z.array(z.object({ operation: z.string(), namespace: z.string(), message: z.string() })),
});
export type StressTally = z.infer<typeof StressTally>;

/** A namespace of which something is still to be done. */
export const NamespaceAccount = z.object({
  succeeded: Count,
  failed: Count,
  /** Why the namespace itself could not be created; nothing in it is tried then. */
  lost: z.string().exactOptional(),
  /** Deployments that have begun and have not ended: how many parts have, and the first that failed. */
  deployments: z.record(z.string(), z.object({ ended: Count, failure: z.string().exactOptional() })),
});
export type NamespaceAccount = z.infer<typeof NamespaceAccount>;

/** The newest log lines; `next` is the number that the line after the last one will get. */
export const StressLog = z.object({ next: Count, lines: z.array(z.string()) });
export type StressLog = z.infer<typeof StressLog>;

/**
 * Where a run stands: what the activity heartbeats, all that its next attempt needs, and what the CLI shows. Its size
 * depends on the concurrency, not on how much is created.
 */
export const StressProgress = z.object({
  /** Epoch milliseconds, as the next. */
  startedMs: z.number(),
  updatedMs: z.number(),
  operations: Count,
  /** Every operation below this one has ended or is in `pending`. */
  next: Count,
  /** Operations under way, and how often each has failed so far. */
  pending: z.array(z.object({ index: Count, failedAttempts: Count })),
  /** By name; only those of which something is to be done. */
  namespaces: z.record(z.string(), NamespaceAccount),
  tally: StressTally,
  log: StressLog,
});
export type StressProgress = z.infer<typeof StressProgress>;
