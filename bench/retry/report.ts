import { busyPercent, describeMachine } from '../machine.js';
import { markdownTable } from '../markdown-table.js';
import { costTable } from './cost-table.js';
import { latencyTable } from './latency-table.js';
import type { RetryMeasurements } from './measurements.js';
import type { Stage } from './stages.js';

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

function machineLines({ before, after, singles, storms, large }: RetryMeasurements): string {
  const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
  const during = (percent: number, what: string) => `${Math.round(percent)} % during ${what}`;
  const busy = [
    `${Math.round(busyPercent(before, after))} % over all`,
    during(singles.busyPercent, 'the single failures'),
    ...large.map((world) => during(world.singles.busyPercent, `those among ${world.watched}`)),
    ...storms.map((storm) => during(storm.busyPercent, `the storm of ${storm.size}`)),
  ].join(', ');
  return `${describeMachine()}; ${load}; cores busy ${busy}`;
}

function compositionLines({ singleCosts, stormCosts }: RetryMeasurements): string {
  return [
    'Successful API writes per retry of the worker',
    `- one retry each: ${stormCosts.composition}`,
    `- two retries each: ${singleCosts.composition}`,
  ].join('\n');
}

function stageTable(path: string, stages: readonly Stage[]): string {
  const rows = stages.map(({ what, p50Ms, p90Ms }) => [what, p50Ms.toFixed(1), p90Ms.toFixed(1)]);
  return markdownTable([path, 'p50 ms', 'p90 ms'], rows);
}
