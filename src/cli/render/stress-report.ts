import { shortDuration } from '../../domain/go-duration.js';
import type { StressReport } from '../../domain/stress/stress-report.js';
import { factList } from './fact-list.js';
import { latencyText } from './stress-progress.js';
import { textTable } from './text-table.js';

/** The end of a run for people: both success rates side by side, and what was in the way. */
export function renderStressReport(report: StressReport, { colour }: { colour: boolean }): string {
  const { latency, retryDistribution, errors, failedAttempts, failures } = report;
  const sections = [
    successTable(report, colour),
    factList(
      [
        { name: 'DURATION', text: shortDuration(report.durationMs) },
        { name: 'OPERATIONS/S', text: String(report.operationsPerSecond) },
        { name: 'LATENCY P50', text: latencyText(latency.p50Ms) },
        { name: 'LATENCY P99', text: latencyText(latency.p99Ms) },
      ],
      { colour },
    ),
    counted(['RETRIES', 'OPERATIONS'], retryDistribution, ({ retries, operations }) => [retries, operations]),
    counted(['LATENCY UP TO', 'OPERATIONS'], latency.histogram, ({ upToMs, operations }) => [
      latencyText(upToMs),
      operations,
    ]),
    counted(['KIND', 'SUCCEEDED', 'FAILED'], report.byKind, (row) => [row.kind, row.succeeded, row.failed]),
    counted(['FAILED ATTEMPT', 'ATTEMPTS'], failedAttempts, ({ reason, attempts }) => [reason, attempts]),
    counted(['ERROR', 'OPERATIONS'], errors, ({ reason, operations }) => [reason, operations]),
    counted(['FIRST FAILURES', 'NAMESPACE', 'MESSAGE'], failures, (row) => [
      row.operation,
      row.namespace,
      row.message,
    ]),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function successTable(report: StressReport, colour: boolean): string {
  const { operations, firstAttemptsAlone, withRetries, failed, notDone } = report;
  const row = (name: string, first: string, all: string) => [{ text: name }, { text: first }, { text: all }];
  return textTable(
    ['', 'FIRST ATTEMPTS ALONE', 'WITH RETRIES'],
    [
      row('succeeded', String(firstAttemptsAlone.succeeded), String(withRetries.succeeded)),
      row('success rate', `${firstAttemptsAlone.percent} %`, `${withRetries.percent} %`),
      row('failed', String(operations - notDone - firstAttemptsAlone.succeeded), String(failed)),
      ...(notDone === 0 ? [] : [row('not done', String(notDone), String(notDone))]),
    ],
    { colour },
  );
}

/** Empty where there is nothing to count. */
function counted<Row>(
  headers: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => readonly (string | number)[],
): string {
  if (rows.length === 0) return '';
  return textTable(
    headers,
    rows.map((row) => cells(row).map((cell) => ({ text: String(cell) }))),
    { colour: false },
  );
}
