import { filledSteps, quantileMs } from './latency-histogram.js';
import { STRESS_KINDS } from './stress-plan.js';
import type { StressProgress } from './stress-progress.js';

interface Share {
  readonly succeeded: number;
  /** Of all operations of the plan, rounded down to a tenth: 100 only where nothing is missing. */
  readonly percent: number;
}

/** What a run has shown, the same for people and for scripts. */
export interface StressReport {
  readonly operations: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Never begun, or broken off, because the run was cancelled. */
  readonly notDone: number;
  readonly withRetries: Share;
  /** What the first attempts alone would have given. */
  readonly firstAttemptsAlone: Share;
  readonly durationMs: number;
  readonly operationsPerSecond: number;
  /** Operations that succeeded after exactly so many retries. */
  readonly retryDistribution: readonly { readonly retries: number; readonly operations: number }[];
  /** Of operations that succeeded, from the first attempt to the last, pauses included; milliseconds. */
  readonly latency: {
    readonly p50Ms: number | undefined;
    readonly p99Ms: number | undefined;
    readonly histogram: readonly { readonly upToMs: number; readonly operations: number }[];
  };
  readonly failedAttempts: readonly { readonly reason: string; readonly attempts: number }[];
  readonly errors: readonly { readonly reason: string; readonly operations: number }[];
  readonly byKind: readonly { readonly kind: string; readonly succeeded: number; readonly failed: number }[];
  /** The first 20 failures in words. */
  readonly failures: StressProgress['tally']['failures'];
}

export function stressReport({ startedMs, updatedMs, operations, tally }: StressProgress): StressReport {
  const { succeeded, failed, firstAttemptSucceeded, latency } = tally;
  const durationMs = updatedMs - startedMs;
  const share = (count: number): Share => ({ succeeded: count, percent: percentOf(count, operations) });
  return {
    operations,
    succeeded,
    failed,
    notDone: operations - succeeded - failed,
    withRetries: share(succeeded),
    firstAttemptsAlone: share(firstAttemptSucceeded),
    durationMs,
    operationsPerSecond: durationMs === 0 ? 0 : Math.round((succeeded * 10_000) / durationMs) / 10,
    retryDistribution: Object.entries(tally.retryDistribution)
      .map(([retries, count]) => ({ retries: Number(retries), operations: count }))
      .toSorted((a, b) => a.retries - b.retries),
    latency: {
      p50Ms: quantileMs(latency, 0.5),
      p99Ms: quantileMs(latency, 0.99),
      histogram: filledSteps(latency),
    },
    failedAttempts: byCount(tally.failedAttempts).map(([reason, attempts]) => ({ reason, attempts })),
    errors: byCount(tally.errors).map(([reason, count]) => ({ reason, operations: count })),
    byKind: STRESS_KINDS.flatMap((kind) => {
      const counts = tally.byKind[kind];
      return counts === undefined ? [] : [{ kind, ...counts }];
    }),
    failures: tally.failures,
  };
}

function percentOf(count: number, total: number): number {
  return total === 0 ? 100 : Math.floor((count * 1_000) / total) / 10;
}

function byCount(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).toSorted(([, a], [, b]) => b - a);
}
