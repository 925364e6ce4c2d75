import { busyPercent, describeMachine } from '../machine.js';
import { markdownTable } from '../markdown-table.js';
import { summarize, type Summary } from '../statistics.js';
import type { DecisionCost } from './decision-costs.js';
import { recordLatencyMs, retryLatencyMs, type RetriedFailure } from './failures.js';
import type { RetryMeasurements } from './measurements.js';
import type { Stage } from './stages.js';
import type { WriteCosts } from './write-costs.js';

/** Spec 1, "What it must cost", on the local stack with two cores. */
const LIMITS = {
  record: { p50: 80, p99: 400 },
  retry: { p50: 200, p99: 600 },
  stormRecordedMs: 6_000,
  stormRetriedMs: 15_000,
  writesPerRetry: 5,
  templatesPerRetry: 1,
  eventsPerRetry: 2,
  historyEventsPerRetry: 24,
  decisionMicroseconds: 50,
  recordBytes: 150,
} as const;

export function retryReport(measurements: RetryMeasurements): string {
  const { recordStages, retryStages, anomalies } = measurements;
  return [
    machineLines(measurements),
    latencyTable(measurements),
    costTable(measurements),
    compositionLines(measurements),
    'Where the time of the single failures goes (the stages of one latency do not add up to its median):',
    stageTable('Job Failed stored by the API server → record visible', recordStages),
    stageTable('end of the backoff → new Job visible', retryStages),
    anomalies.length === 0 ? 'Anomalies: 0' : `Anomalies: ${anomalies.length}\n${anomalies.join('\n')}`,
  ].join('\n\n');
}

function machineLines({ before, after, singles, storm }: RetryMeasurements): string {
  const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
  const busy = [
    `${Math.round(busyPercent(before, after))} % over all`,
    `${Math.round(singles.busyPercent)} % during the single failures`,
    `${Math.round(storm.busyPercent)} % during the storm`,
  ].join(', ');
  return `${describeMachine()}; ${load}; cores busy ${busy}`;
}

const LATENCY_HEADERS = [
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

function latencyTable({ singles, storm, first }: RetryMeasurements): string {
  const yardstick = summarize(singles.yardstickMs);
  const row = latencyRow(yardstick);
  const ofRetry = (retryNum: number) => singles.failures.filter((failure) => failure.retryNum === retryNum);
  const records = (failures: readonly RetriedFailure[]) => failures.map(recordLatencyMs);
  return markdownTable(LATENCY_HEADERS, [
    row('yardstick: one status patch, seen in a watch', singles.yardstickMs),
    row('Job Failed → record visible', records(singles.failures), LIMITS.record),
    row('- first failure of an incident', records(ofRetry(1))),
    row('- its next failure', records(ofRetry(2))),
    row('- first of a fresh worker', records([first])),
    row('Job Failed → new Job, beyond the backoff', singles.failures.map(retryLatencyMs), LIMITS.retry),
    row('storm: Job Failed → record visible, each', records(storm.failures)),
    row('storm: beyond the backoff, each', storm.failures.map(retryLatencyMs)),
  ]);
}

function latencyRow(yardstick: Summary) {
  return (what: string, values: readonly number[], limit?: { p50: number; p99: number }): string[] => {
    const summary = summarize(values);
    const { count, p50, p90, p99, max } = summary;
    return [
      what,
      String(count),
      ...[p50, p90, p99, max].map((value) => value.toFixed(0)),
      (p50 / yardstick.p50).toFixed(1),
      limit === undefined ? '' : `${limit.p50} / ${limit.p99}`,
      limit === undefined ? '' : `${verdict(p50, limit.p50)} / ${verdict(p99, limit.p99)}`,
    ];
  };
}

function costTable({
  singles,
  storm,
  singleCosts,
  stormCosts,
  idle,
  eventsPerRetry,
  decisions,
  recordBytes,
}: RetryMeasurements): string {
  const events = summarize(eventsPerRetry);
  return markdownTable(
    ['what', 'measured', 'limit', 'verdict'],
    [
      ...stormRows(storm.failures),
      ...writeRows('one retry each', stormCosts),
      ...writeRows('two retries each', singleCosts),
      limited('history events per retry', { value: events.max, limit: LIMITS.historyEventsPerRetry }),
      limited(`idle ${idle.seconds} s: API writes`, { value: idle.apiWrites, limit: 0 }),
      limited(`idle ${idle.seconds} s: Temporal events and open workflows`, {
        value: idle.temporalActions,
        limit: 0,
      }),
      ...decisions.map(decisionRow),
      [
        'size of a record, its reasons empty',
        `${recordBytes} bytes`,
        `about ${LIMITS.recordBytes} bytes`,
        verdict(recordBytes, LIMITS.recordBytes),
      ],
      [`idle ${idle.seconds} s: CPU of the worker`, `${idle.workerCpuPercent.toFixed(1)} % of a core`],
      [`RSS of the worker, idle after ${singles.failures.length} retries`, mebibytes(idle.workerRssMiB)],
      ['RSS of the worker, largest, storm included', mebibytes(storm.peakRssMiB)],
      ...cpuRows(storm),
    ],
  );
}

function decisionRow({ situation, microseconds }: DecisionCost): string[] {
  const limit = LIMITS.decisionMicroseconds;
  return [
    `one decision: ${situation}`,
    `${microseconds.toFixed(1)} µs`,
    `${limit} µs`,
    verdict(microseconds, limit),
  ];
}

function compositionLines({ singleCosts, stormCosts }: RetryMeasurements): string {
  return [
    'Successful API writes per retry of the worker',
    `- one retry each: ${stormCosts.composition}`,
    `- two retries each: ${singleCosts.composition}`,
  ].join('\n');
}

/** The largest first. */
function cpuRows({ cpuMs, failures }: RetryMeasurements['storm']): string[][] {
  return [...cpuMs]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => [`CPU per retry in the storm: ${name}`, `${(ms / failures.length).toFixed(0)} ms`]);
}

function stormRows(failures: readonly RetriedFailure[]): string[][] {
  const n = failures.length;
  const from = Math.min(...failures.map(({ failedAtMs }) => failedAtMs));
  const lastFailed = Math.max(...failures.map(({ failedAtMs }) => failedAtMs)) - from;
  const recorded = Math.max(...failures.map(({ recordedAtMs }) => recordedAtMs)) - from;
  const retried = Math.max(...failures.map(({ retriedAtMs }) => retriedAtMs)) - from;
  const row = (what: string, { value, limit }: { value: number; limit: number }) => [
    `storm of ${n}: first Job Failed → ${what}`,
    seconds(value),
    seconds(limit),
    verdict(value, limit),
  ];
  return [
    [`storm of ${n}: first Job Failed → last Job Failed`, seconds(lastFailed)],
    row('all recorded', { value: recorded, limit: LIMITS.stormRecordedMs }),
    row('all retried (5 s backoff)', { value: retried, limit: LIMITS.stormRetriedMs }),
  ];
}

function writeRows(which: string, costs: WriteCosts): string[][] {
  const row = (what: string, limits: { value: number; limit: number }) =>
    limited(`API, incidents with ${which}: ${what}`, limits);
  return [
    row('writes per retry', { value: costs.writes, limit: LIMITS.writesPerRetry }),
    row('first templates per retry', { value: costs.templates, limit: LIMITS.templatesPerRetry }),
    row('Events per retry', { value: costs.events, limit: LIMITS.eventsPerRetry }),
    row('conflicts per retry', { value: costs.conflicts, limit: 0 }),
    row('other refusals per retry', { value: costs.otherFailures, limit: 0 }),
  ];
}

function stageTable(path: string, stages: readonly Stage[]): string {
  const rows = stages.map(({ what, p50Ms, p90Ms }) => [what, p50Ms.toFixed(1), p90Ms.toFixed(1)]);
  return markdownTable([path, 'p50 ms', 'p90 ms'], rows);
}

function limited(what: string, { value, limit }: { value: number; limit: number }): string[] {
  const text = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return [what, text, String(limit), verdict(value, limit)];
}

function verdict(value: number, limit: number): string {
  return value <= limit ? 'ok' : 'OVER';
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}

function mebibytes(size: number): string {
  return `${size.toFixed(0)} MiB`;
}
