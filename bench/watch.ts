import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';
import { markdownTable } from './markdown-table.js';
import { measureEvents, measureHealthy, type EventRun } from './watch/measure-watch.js';
import type { WatchMemory, WatchReport } from './watch/watch-child.js';

const WARM_UP_EVENTS = 10_000;
const EVENTS = 100_000;
const HEALTHY_BACKUPS = 10_000;
/** Spec 1, "What it must cost". */
const HEALTHY_RSS_LIMIT_MIB = 600;

/** Memory of the watch, in a process of its own, over many events and with many Backups. */
export async function benchWatch({ say }: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const before = lookAtMachine();
  say(`${EVENTS} events, after ${WARM_UP_EVENTS} to warm up (about 15 s)`);
  const run = await measureEvents({ warmUpEvents: WARM_UP_EVENTS, events: EVENTS });
  say(`${HEALTHY_BACKUPS} healthy Backups`);
  const healthy = await measureHealthy(HEALTHY_BACKUPS);
  const after = lookAtMachine();
  const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
  const anomalies = [...anomaliesOfEvents(run), ...anomaliesOfHealthy(healthy.report)];
  const report = [
    `${describeMachine()}; ${load}; cores busy ${busyPercent(before, after).toFixed(0)} %`,
    memoryTable(run, healthy.memory),
    costLines(run),
    `Anomalies: ${anomalies.length}`,
    ...anomalies.map((anomaly) => `- ${anomaly}`),
  ];
  return { report: report.join('\n\n'), anomalies };
}

function memoryTable(run: EventRun, healthy: WatchMemory): string {
  const row = (what: string, { heapMiB, rssMiB, peakRssMiB }: WatchMemory) => [
    what,
    heapMiB.toFixed(2),
    rssMiB.toFixed(0),
    peakRssMiB.toFixed(0),
  ];
  const verdict = healthy.peakRssMiB <= HEALTHY_RSS_LIMIT_MIB ? 'ok' : 'OVER';
  return markdownTable(
    ['MiB', 'heap', 'RSS', 'largest RSS', 'limit', 'verdict'],
    [
      row('nothing to watch', run.empty),
      row(`after ${run.warmUpEvents} events`, run.warm),
      row(`after ${run.events} more`, run.after),
      [...row(`${HEALTHY_BACKUPS} healthy Backups`, healthy), String(HEALTHY_RSS_LIMIT_MIB), verdict],
    ],
  );
}

function costLines({ warm, after, events, eventsPerSecond, cpuMsPerEvent }: EventRun): string {
  const growthKiB = (after.heapMiB - warm.heapMiB) * 1_024;
  return [
    `- ${eventsPerSecond.toFixed(0)} events/s, ${cpuMsPerEvent.toFixed(2)} ms of CPU of the watch per event`,
    `- growth of the heap over ${events} events: ${growthKiB.toFixed(0)} KiB`,
  ].join('\n');
}

function anomaliesOfEvents({ report }: EventRun): string[] {
  const left = Object.entries(report.objects).filter(([, count]) => count > 0);
  return [
    ...left.map(([resource, count]) => `${count} ${resource} are still known after they have gone`),
    ...(report.nudges === 0 ? ['no incident was noticed'] : []),
    ...failuresOf(report),
  ];
}

function anomaliesOfHealthy(report: WatchReport): string[] {
  const nudged = report.nudges === 0 ? [] : [`${report.nudges} nudges for healthy Backups`];
  return [...nudged, ...failuresOf(report)];
}

function failuresOf({ failures }: WatchReport): string[] {
  return failures === 0 ? [] : [`${failures} steps of the watch failed`];
}
