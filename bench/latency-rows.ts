import { summarize, type Summary } from './statistics.js';
import { verdict } from './verdicts.js';

/** Columns of the rows of `latencyRow`. */
export const LATENCY_HEADERS = [
  'ms',
  'n',
  'p50',
  'p90',
  'p99',
  'max',
  'p50 / yardstick',
  'limit p50 / p99',
  'verdict',
];

/** Makes rows of milliseconds, each beside the yardstick that was measured under the same load. */
export function latencyRow(yardstick: Summary) {
  return (what: string, values: readonly number[], limit?: { p50: number; p99?: number }): string[] => {
    const summary = summarize(values);
    const { count, p50, p90, p99, max } = summary;
    return [
      what,
      String(count),
      ...[p50, p90, p99, max].map((value) => value.toFixed(0)),
      (p50 / yardstick.p50).toFixed(1),
      limit === undefined ? '' : `${limit.p50} / ${limit.p99 ?? '-'}`,
      limit === undefined ? '' : `${verdict(p50, limit.p50)} / ${verdictOf(p99, limit.p99)}`,
    ];
  };
}

function verdictOf(value: number, limit: number | undefined): string {
  return limit === undefined ? '-' : verdict(value, limit);
}
