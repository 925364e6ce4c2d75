import { LATENCY_HEADERS, latencyRow } from '../latency-rows.js';
import { busyPercent, describeMachine, type MachineMoment } from '../machine.js';
import { markdownTable } from '../markdown-table.js';
import { summarize } from '../statistics.js';
import { cpuRowsOf, limitedRow, mebibytes, seconds } from '../verdicts.js';
import { LIMITS } from './limits.js';
import type { ManyRestores } from './many-restores.js';
import { gateLatencyMs, startLatencyMs, type ObservedRestore } from './observed-restore.js';
import type { RestoreCosts } from './restore-costs.js';
import type { SingleRestores } from './single-restores.js';
import type { Waiting } from './waiting-restores.js';

/** Restores with the same input last, and what they cost. */
export interface MeasuredOrder {
  readonly singles: SingleRestores;
  readonly costs: RestoreCosts;
}

/** Everything that one run measured. */
export interface ReplicationMeasurements {
  readonly before: MachineMoment;
  readonly after: MachineMoment;
  readonly first: ObservedRestore;
  readonly orders: readonly MeasuredOrder[];
  readonly waiting: Waiting;
  /** Absent where the run was a short one. */
  readonly many: ManyRestores | undefined;
  readonly anomalies: readonly string[];
}

export function replicationReport(measurements: ReplicationMeasurements): string {
  const { orders, anomalies } = measurements;
  const composition = orders.map(
    ({ singles, costs }) =>
      `- ${singles.last} last: ${costs.composition}; refused: ${costs.refusals === '' ? 'none' : costs.refusals}`,
  );
  return [
    machineLine(measurements),
    latencyTable(measurements),
    costTable(measurements),
    ['API writes of the worker per run', ...composition].join('\n'),
    anomalies.length === 0 ? 'Anomalies: 0' : `Anomalies: ${anomalies.length}\n${anomalies.join('\n')}`,
  ].join('\n\n');
}

function machineLine({ before, after, orders, many }: ReplicationMeasurements): string {
  const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
  const busy = [
    `${Math.round(busyPercent(before, after))} % over all`,
    ...orders.map(({ singles }) => `${Math.round(singles.busyPercent)} % with the ${singles.last} last`),
    ...(many === undefined ? [] : [`${Math.round(many.busyPercent)} % with ${many.restores.length} at once`]),
  ].join(', ');
  return `${describeMachine()}; ${load}; cores busy ${busy}`;
}

function latencyTable({ first, orders, many }: ReplicationMeasurements): string {
  const all = summarize(orders.flatMap(({ singles }) => singles.yardstickMs));
  const row = latencyRow(all);
  const ofOrders = orders.flatMap(({ singles: { last, yardstickMs, restores } }) => {
    const own = latencyRow(summarize(yardstickMs));
    return [
      own(`yardstick: one status patch, seen in a watch (${last} last)`, yardstickMs),
      own(`Restore created → snapshot Job (${last} last)`, restores.map(startLatencyMs), LIMITS.start),
      own(`both inputs ready → log Job, ${last} last`, restores.map(gateLatencyMs), LIMITS.gate),
    ];
  });
  const ofMany = ({ restores }: ManyRestores) => [
    row(`${restores.length} at once: Restore created → snapshot Job`, restores.map(startLatencyMs)),
    row(`${restores.length} at once: both inputs ready → log Job`, restores.map(gateLatencyMs)),
  ];
  return markdownTable(LATENCY_HEADERS, [
    ...ofOrders,
    row('first of a fresh worker: Restore created → snapshot Job', [startLatencyMs(first)]),
    row('first of a fresh worker: both inputs ready → log Job', [gateLatencyMs(first)]),
    ...(many === undefined ? [] : ofMany(many)),
  ]);
}

function costTable({ orders, waiting, many }: ReplicationMeasurements): string {
  const rows = [
    ...orders.flatMap(costRows),
    ...waitingRows(waiting),
    ...(many === undefined ? [] : manyRows(many)),
  ];
  return markdownTable(['what', 'measured', 'limit', 'verdict'], rows);
}

function costRows({ singles: { last }, costs }: MeasuredOrder): string[][] {
  const largest = (values: readonly number[]) => summarize(values).max;
  return [
    limitedRow(`API, ${last} last: writes of a run, largest`, {
      value: largest(costs.writes),
      limit: LIMITS.writesPerRun,
    }),
    limitedRow(`API, ${last} last: Events of a run, largest`, {
      value: largest(costs.events),
      limit: LIMITS.eventsPerRun,
    }),
    [`API, ${last} last: refused writes of a run, largest`, String(largest(costs.refused))],
  ];
}

function waitingRows(waiting: Waiting): string[][] {
  const { count, apiWrites, temporalEvents, blockedTemporalEvents, workerCpuPercent } = waiting;
  const what = `${waiting.seconds} s`;
  return [
    limitedRow(`${count} wait for their compaction, ${what}: API writes`, { value: apiWrites, limit: 0 }),
    limitedRow(`${count} wait for their compaction, ${what}: Temporal events`, {
      value: temporalEvents,
      limit: 0,
    }),
    limitedRow(`${count / 2} wait for a TidbCluster, ${what}: Temporal events`, {
      value: blockedTemporalEvents,
      limit: 0,
    }),
    [`${count * 1.5} wait, ${what}: CPU of the worker`, `${workerCpuPercent.toFixed(1)} % of a core`],
  ];
}

function manyRows({ restores, cpuMs, peakRssMiB }: ManyRestores): string[][] {
  const from = Math.min(...restores.map(({ createdAtMs }) => createdAtMs));
  const row = (what: string, select: (restore: ObservedRestore) => number) => [
    `${restores.length} at once: first Restore created → ${what}`,
    seconds(Math.max(...restores.map(select)) - from),
  ];
  return [
    row('last Restore created', ({ createdAtMs }) => createdAtMs),
    row('last snapshot Job', ({ startedAtMs }) => startedAtMs),
    row('last log Job', ({ logAtMs }) => logAtMs),
    row('all Complete', ({ completeAtMs }) => completeAtMs),
    [`RSS of the worker, largest, ${restores.length} at once included`, mebibytes(peakRssMiB)],
    ...cpuRowsOf(`CPU per restore, ${restores.length} at once`, { cpuMs, count: restores.length }),
  ];
}
