import { LATENCY_HEADERS, latencyRow } from '../latency-rows.js';
import { markdownTable } from '../markdown-table.js';
import { summarize } from '../statistics.js';
import { recordLatencyMs, retryLatencyMs, type RetriedFailure } from './failures.js';
import type { RetryMeasurements } from './measurements.js';
import { LIMITS } from './limits.js';

/** How long single failures and those of storms take, each beside the yardstick. */
export function latencyTable({ singles, storms, first, large }: RetryMeasurements): string {
  const row = latencyRow(summarize(singles.yardstickMs));
  const ofRetry = (retryNum: number) => singles.failures.filter((failure) => failure.retryNum === retryNum);
  const records = (failures: readonly RetriedFailure[]) => failures.map(recordLatencyMs);
  const ofLarge = large.flatMap(({ watched, singles: { yardstickMs, failures } }) => {
    const own = latencyRow(summarize(yardstickMs));
    return [
      own(`${watched} watched: yardstick`, yardstickMs),
      own(`${watched} watched: Job Failed → record visible`, records(failures), LIMITS.record),
      own(`${watched} watched: beyond the backoff`, failures.map(retryLatencyMs), LIMITS.retry),
    ];
  });
  const ofStorms = storms.flatMap(({ size, failures }) => [
    row(`storm of ${size}: Job Failed → record visible, each`, records(failures)),
    row(`storm of ${size}: beyond the backoff, each`, failures.map(retryLatencyMs)),
  ]);
  return markdownTable(LATENCY_HEADERS, [
    row('yardstick: one status patch, seen in a watch', singles.yardstickMs),
    row('Job Failed → record visible', records(singles.failures), LIMITS.record),
    row('- first failure of an incident', records(ofRetry(1))),
    row('- its next failure', records(ofRetry(2))),
    row('- first of a fresh worker', records([first])),
    row('Job Failed → new Job, beyond the backoff', singles.failures.map(retryLatencyMs), LIMITS.retry),
    ...ofLarge,
    ...ofStorms,
  ]);
}
