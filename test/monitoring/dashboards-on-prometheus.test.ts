import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusTools } from '../../dev/binaries/prometheus-tools.js';
import type { Series } from '../../dev/monitoring/prometheus-api.js';
import { startPrometheus, type Prometheus } from '../../dev/monitoring/start-prometheus.js';
import { listenOnLoopback, type LoopbackServer } from '../../dev/node-agent/loopback-server.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { buildDashboards } from '../../monitoring/build-dashboards.js';
import { FOREIGN_METRICS } from '../../monitoring/foreign-metrics.js';
import { readValues } from '../../monitoring/values.js';
import { metricCatalog } from '../../src/observability/metric-catalog.js';
import { waitFor } from '../e2e/wait-for.js';

/** A value of each label for which the dashboards ask by name; any other label has one value of its own name. */
const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
  resource: ['backups'],
  result: ['success', 'failure'],
  verdict: ['pass', 'fail', 'inconclusive'],
  phase: ['Running', 'Failed'],
  code: ['200', '500'],
  object: ['backup', 'restore'],
  reason: ['RetryExhausted', 'RetryTimeout', 'RetryStarted'],
};

const expressions = buildDashboards((await readValues('production')).rules).flatMap(
  (board) => board.expressions,
);
/** Marks are series of Prometheus' own, and need an alert. */
const asked = expressions.filter((expression) => !expression.includes('ALERTS'));

let group: ProcessGroup;
let workers: LoopbackServer[];
let prometheus: Prometheus;

beforeAll(async () => {
  group = await createProcessGroup();
  workers = await Promise.all([startWorker(), startWorker()]);
  const { binDir } = await prometheusTools();
  prometheus = await startPrometheus(group, {
    command: join(binDir, 'prometheus'),
    rules: 'groups: []\n',
    alertmanager: '127.0.0.1:9',
    intervalSeconds: 1,
  });
});

afterAll(async () => {
  await Promise.all((workers ?? []).map((worker) => worker.stop()));
  await group?.stop();
});

/** Serves a page with every metric there is; each counter moves on with every look. */
function startWorker(): Promise<LoopbackServer> {
  let looks = 0;
  const page = () =>
    `${everySeries()
      .map((series) => `${series} ${valueOf(series, ++looks)}`)
      .join('\n')}\n`;
  const head = { 'content-type': 'text/plain; version=0.0.4' };
  return listenOnLoopback(
    createServer((_, response) => response.writeHead(200, head).end(page())),
    0,
  );
}

const BORN_SECONDS = Math.floor(Date.now() / 1_000) - 100;

function valueOf(series: string, looks: number): number {
  if (/_timestamp_seconds\b/.test(series)) return BORN_SECONDS;
  // The numbers of the Schedules are the server's: every worker shows the same.
  const counted = /_(?:total|bucket)\{/.test(series) && !series.startsWith('holdfast_schedule_');
  return counted ? looks : 1;
}

function everySeries(): string[] {
  const ours = metricCatalog().flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? seriesOf(`${name}_bucket`, labels).flatMap((series) => withBounds(series))
      : seriesOf(name, labels),
  );
  const foreign = FOREIGN_METRICS.filter(({ name }) => name !== 'ALERTS').map(({ name }) => `${name}{}`);
  return [
    ...ours,
    ...foreign.flatMap((series) => (series.includes('_bucket{') ? withBounds(series) : [series])),
  ];
}

/** Every combination of the labels' values. */
function seriesOf(name: string, labels: readonly string[]): string[] {
  const none: readonly string[] = [''];
  const combined = labels.reduce(
    (sets, label) =>
      sets.flatMap((set) => (LABEL_VALUES[label] ?? [label]).map((value) => `${set}${label}="${value}",`)),
    none,
  );
  return combined.map((set) => `${name}{${set}}`);
}

const withBounds = (series: string) => ['1', '60', '+Inf'].map((le) => series.replace('}', `le="${le}"}`));

const addressOf = ({ port }: LoopbackServer) => `127.0.0.1:${port}`;

async function ask(expression: string): Promise<readonly Series[]> {
  return (await prometheus.api.query(expression)).toSorted((one, other) =>
    JSON.stringify(one.labels).localeCompare(JSON.stringify(other.labels)),
  );
}

describe('the expressions of the dashboards, on a Prometheus', () => {
  it('find every series that they mean, and see none twice when two workers serve it', async () => {
    const [first, second] = workers.map(addressOf);
    if (first === undefined || second === undefined) throw new Error('two workers were started');
    await prometheus.addTarget(first);
    await waitFor('the counters of one worker have grown', async () => {
      const grown = await prometheus.api.query('increase(holdfast_api_retries_total[5m]) > 0');
      return grown.length > 0;
    });
    const withOne = new Map<string, readonly Series[]>();
    for (const expression of asked) withOne.set(expression, await ask(expression));
    const empty = [...withOne].filter(([, series]) => series.length === 0).map(([expression]) => expression);
    expect(empty).toEqual(NEVER_VERIFIED);

    await prometheus.addTarget(second);
    await waitFor('both workers are read', async () => (await prometheus.api.query('up == 1')).length === 2);
    for (const expression of asked) {
      const comparable = (series: readonly Series[] = []) =>
        series.map(({ labels, value }) => ({ labels, value: isMoving(expression) ? 'moving' : value }));
      const [one, two] = [comparable(withOne.get(expression)), comparable(await ask(expression))];
      expect({ expression, series: two }).toEqual({ expression, series: one });
    }
  });
});

/** Here every plan has a drill that passed. */
const NEVER_VERIFIED = asked.filter((expression) => expression.includes(' unless '));

/** What each worker has of its own, or what shows that there are two. */
const ADDED_UP = [
  'holdfast_watch_started_timestamp_seconds',
  'temporal_worker_task_slots_available',
  'temporal_num_pollers',
  'temporal_sticky_cache_size',
];

/** Whether it counts, compares with the clock, or adds workers up: its values are not the same later. */
function isMoving(expression: string): boolean {
  return /\b(?:rate|increase|time)\(/.test(expression) || ADDED_UP.some((part) => expression.includes(part));
}
