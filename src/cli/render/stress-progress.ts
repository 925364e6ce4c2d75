import { shortDuration } from '../../domain/go-duration.js';
import { quantileMs } from '../../domain/stress/latency-histogram.js';
import type { StressProgress } from '../../domain/stress/stress-progress.js';

/** `12s  340/2400 operations  31.2/s  succeeded 338  retries 12  errors 2  p50 23ms  p99 7.2s` */
export function progressLine(progress: StressProgress, before: StressProgress | undefined): string {
  const { startedMs, updatedMs, operations, tally } = progress;
  const { succeeded, failed, latency } = tally;
  return [
    shortDuration(Math.round((updatedMs - startedMs) / 1_000) * 1_000),
    `${succeeded + failed}/${operations} operations`,
    `${operationsPerSecond(progress, before).toFixed(1)}/s`,
    `succeeded ${succeeded}`,
    `retries ${failedAttemptsOf(progress)}`,
    `errors ${failed}`,
    `p50 ${latencyText(quantileMs(latency, 0.5))}`,
    `p99 ${latencyText(quantileMs(latency, 0.99))}`,
  ].join('  ');
}

/** Attempts that failed: each of them but an operation's last one is followed by a retry. */
function failedAttemptsOf({ tally }: StressProgress): number {
  return Object.values(tally.failedAttempts).reduce((sum, count) => sum + count, 0);
}

/** Since the look before, or since the start. */
function operationsPerSecond(progress: StressProgress, before: StressProgress | undefined): number {
  const [fromMs, done] = before === undefined ? [progress.startedMs, 0] : [before.updatedMs, endedOf(before)];
  const durationMs = progress.updatedMs - fromMs;
  return durationMs <= 0 ? 0 : ((endedOf(progress) - done) * 1_000) / durationMs;
}

function endedOf({ tally }: StressProgress): number {
  return tally.succeeded + tally.failed;
}

export function latencyText(latencyMs: number | undefined): string {
  return latencyMs === undefined
    ? '-'
    : shortDuration(latencyMs < 1_000 ? latencyMs : Math.round(latencyMs / 10) * 10);
}
