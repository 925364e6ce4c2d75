/** Spec 2, "What it must cost", on the local stack with two cores. */
export const LIMITS = {
  /** Both inputs ready → Job of the log, whichever came last, milliseconds. */
  gate: { p50: 150 },
  /** Restore created → Job of the snapshot, milliseconds. */
  start: { p50: 200 },
  /** Of a whole successful run, by the worker. */
  writesPerRun: 6,
  eventsPerRun: 4,
} as const;
