/** Spec 1, "What it must cost", on the local stack with two cores. */
export const LIMITS = {
  record: { p50: 80, p99: 400 },
  retry: { p50: 200, p99: 600 },
  /** From the first failure, by the size of the storm. */
  storms: {
    200: { recordedMs: 6_000, retriedMs: 15_000 },
    1000: { recordedMs: 30_000, retriedMs: 75_000 },
  },
  /** Of a retry that waited while the worker was killed. */
  lateness: { calmAfterMs: 10_000, calmMs: 1_000, otherMs: 6_000 },
  writesPerRetry: 5,
  templatesPerRetry: 1,
  eventsPerRetry: 2,
  historyEventsPerRetry: 24,
  decisionMicroseconds: 50,
  recordBytes: 150,
  watchedRssMiB: 600,
} as const;
