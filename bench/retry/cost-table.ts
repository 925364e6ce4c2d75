import { markdownTable } from '../markdown-table.js';
import { summarize } from '../statistics.js';
import { cpuRowsOf, limitedRow, mebibytes, seconds, verdict } from '../verdicts.js';
import type { BareStorm } from './bare-storm.js';
import type { DecisionCost } from './decision-costs.js';
import type { Idleness } from './idle.js';
import type { RetriedFailure } from './failures.js';
import type { KilledWorker } from './killed-worker.js';
import type { WatchedMemory } from './large-worlds.js';
import type { RetryMeasurements } from './measurements.js';
import type { Storm } from './storm.js';
import { LIMITS } from './limits.js';
import type { WriteCosts } from './write-costs.js';

/** Everything that has one figure. */
export function costTable(measurements: RetryMeasurements): string {
  const { singles, storms, bare, killed, singleCosts, stormCosts, idle, memory } = measurements;
  const rows = [
    ...storms.flatMap(stormRows),
    ...bareRows(storms[0], bare),
    ...killedRows(killed),
    ...writeRows('one retry each', stormCosts),
    ...writeRows('two retries each', singleCosts),
    ...sizeRows(measurements),
    ...idleRows('', idle),
    [`RSS of the worker, idle after ${singles.failures.length} retries`, mebibytes(idle.workerRssMiB)],
    ...storms.map(({ size, peakRssMiB }) => [
      `RSS of the worker, largest, storm of ${size} included`,
      mebibytes(peakRssMiB),
    ]),
    ...(memory === undefined ? [] : memoryRows(memory)),
    ...storms.flatMap(cpuRows),
  ];
  return markdownTable(['what', 'measured', 'limit', 'verdict'], rows);
}

/** From the first failure of a storm to the last of each kind, milliseconds. */
function spansOf(failures: readonly RetriedFailure[]) {
  const from = Math.min(...failures.map(({ failedAtMs }) => failedAtMs));
  return {
    lastFailed: Math.max(...failures.map(({ failedAtMs }) => failedAtMs)) - from,
    recorded: Math.max(...failures.map(({ recordedAtMs }) => recordedAtMs)) - from,
    retried: Math.max(...failures.map(({ retriedAtMs }) => retriedAtMs)) - from,
  };
}

/** What no workflow can be below, and how many times as long the storm took. */
function bareRows(storm: Storm, { size, failures }: BareStorm): string[][] {
  const bare = spansOf(failures);
  const durable = spansOf(storm.failures);
  const times = (what: 'recorded' | 'retried') => (durable[what] / bare[what]).toFixed(1);
  return [
    [`storm of ${size} without Temporal and the worker → all recorded`, seconds(bare.recorded)],
    [`storm of ${size} without Temporal and the worker → all retried`, seconds(bare.retried)],
    [
      `storm of ${size}: times the one without them, recorded / retried`,
      `${times('recorded')} / ${times('retried')}`,
    ],
  ];
}

function stormRows({ size, failures }: Storm): string[][] {
  const { recordedMs, retriedMs } = LIMITS.storms[size];
  const { lastFailed, recorded, retried } = spansOf(failures);
  const row = (what: string, value: number, limit: number) =>
    limitedRow(`storm of ${size}: first Job Failed → ${what}`, { value, limit }, seconds);
  return [
    [`storm of ${size}: first Job Failed → last Job Failed`, seconds(lastFailed)],
    row('all recorded', recorded, recordedMs),
    row('all retried (5 s backoff)', retried, retriedMs),
  ];
}

/** Two limits: one for retries that are due when the worker has been back for a while, one for all others. */
export function killedRows({ pending, awayMs, startMs }: KilledWorker): string[][] {
  const { calmAfterMs, calmMs, otherMs } = LIMITS.lateness;
  const isCalm = ({ dueAfterMs }: KilledWorker['pending'][number]) => dueAfterMs >= calmAfterMs;
  const row = (when: string, retries: KilledWorker['pending'], limit: number) => {
    const what = `worker killed, back after ${awayMs / 1_000} s: largest lateness of ${retries.length} due ${when}`;
    const { max } = summarize(retries.map(({ latenessMs }) => latenessMs));
    return limitedRow(what, { value: max, limit }, seconds);
  };
  const calm = pending.filter(isCalm);
  const other = pending.filter((retry) => !isCalm(retry));
  return [
    row(`${calmAfterMs / 1_000} s after the kill or later`, calm, calmMs),
    row('sooner', other, otherMs),
    ['worker killed: largest time from its new start to ready', seconds(Math.max(...startMs))],
  ];
}

function writeRows(which: string, costs: WriteCosts): string[][] {
  const row = (what: string, limits: { value: number; limit: number }) =>
    limitedRow(`API, incidents with ${which}: ${what}`, limits);
  return [
    row('writes per retry', { value: costs.writes, limit: LIMITS.writesPerRetry }),
    row('first templates per retry', { value: costs.templates, limit: LIMITS.templatesPerRetry }),
    row('Events per retry', { value: costs.events, limit: LIMITS.eventsPerRetry }),
    row('conflicts per retry', { value: costs.conflicts, limit: 0 }),
    row('other refusals per retry', { value: costs.otherFailures, limit: 0 }),
  ];
}

function sizeRows({ eventsPerRetry, decisions, recordBytes }: RetryMeasurements): string[][] {
  const { max } = summarize(eventsPerRetry);
  return [
    limitedRow('history events per retry', { value: max, limit: LIMITS.historyEventsPerRetry }),
    ...decisions.map(decisionRow),
    [
      'size of a record without its reasons',
      `${recordBytes} bytes`,
      `about ${LIMITS.recordBytes} bytes`,
      verdict(recordBytes, LIMITS.recordBytes),
    ],
  ];
}

function decisionRow({ situation, microseconds }: DecisionCost): string[] {
  const text = (value: number) => `${value.toFixed(1)} µs`;
  return limitedRow(
    `one decision: ${situation}`,
    { value: microseconds, limit: LIMITS.decisionMicroseconds },
    text,
  );
}

function idleRows(where: string, idle: Idleness): string[][] {
  const what = `${where}idle ${idle.seconds} s`;
  return [
    limitedRow(`${what}: API writes`, { value: idle.apiWrites, limit: 0 }),
    limitedRow(`${what}: Temporal events and open workflows`, { value: idle.temporalActions, limit: 0 }),
    [`${what}: CPU of the worker`, `${idle.workerCpuPercent.toFixed(1)} % of a core`],
  ];
}

function memoryRows({ watched, idle, oldPeakRssMiB, freshPeakRssMiB }: WatchedMemory): string[][] {
  const row = (what: string, value: number) =>
    limitedRow(
      `${watched} watched: RSS of the worker, ${what}`,
      { value, limit: LIMITS.watchedRssMiB },
      mebibytes,
    );
  return [
    row('fresh, all in its view', idle.workerRssMiB),
    row('fresh, largest', freshPeakRssMiB),
    row('after all of the above, largest', oldPeakRssMiB),
    ...idleRows(`${watched} watched: `, idle),
  ];
}

function cpuRows({ size, cpuMs, failures }: Storm): string[][] {
  return cpuRowsOf(`CPU per retry in the storm of ${size}`, { cpuMs, count: failures.length });
}
