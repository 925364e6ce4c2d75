import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitUntil } from '../../../dev/processes/readiness.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createWorkerMetrics } from '../../../src/observability/metrics.js';
import { beginWatchObserver } from '../../../src/worker/watch-observer.js';
import { startScriptedServer, type ScriptedServer } from '../../kubernetes/scripted-server.js';
import { startWatch, type Watch } from './watch-world.js';

const MIB = 1_048_576;
const EVENTS_PER_INCIDENT = 10;
const INCIDENTS_PER_ROUND = 50;
/** The first rounds fill caches and buffers. */
const WARM_UP_ROUNDS = 2;
const ROUNDS = 10;
const MOST_GROWTH_BYTES = MIB;

let server: ScriptedServer;
let watch: Watch | undefined;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(async () => {
  await watch?.stop();
  await server.stop();
});

test('the heap is flat over 5,000 events, and nothing is kept of what has gone', async () => {
  const streams = answerWithEmptyLists(server);
  const metrics = createWorkerMetrics();
  const observer = beginWatchObserver(metrics, createLogger({ level: 'silent', format: 'json' }));
  let heard = 0;
  watch = startWatch(
    { worker: server.api, clusterUid: 'cluster-uid' },
    {
      observer: {
        ...observer,
        alive: (sign) => {
          heard += 1;
          observer.alive(sign);
        },
      },
    },
  );
  await waitFor('three watches are open', () => streams.size >= 3);
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = heard;
    for (let index = 0; index < INCIDENTS_PER_ROUND; index += 1) {
      for (const { resource, event } of incidentEvents(`b-${round}-${index}`)) {
        streams.get(resource)?.write(`${JSON.stringify(event)}\n`);
      }
    }
    const expected = before + INCIDENTS_PER_ROUND * EVENTS_PER_INCIDENT;
    await waitFor(`the events of round ${round} are seen`, () => heard >= expected);
    heaps.push(heapAfterCollection());
  }
  expect(heard).toBeGreaterThanOrEqual(5_000);
  expect(watch.failures).toEqual([]);
  expect(watch.nudges.length).toBeGreaterThan(0);
  const texts = await Promise.all(metrics.registries().map((registry) => registry.metrics()));
  expect(
    texts
      .join('\n')
      .split('\n')
      .filter((line) => line.includes('backup="')),
  ).toEqual([]);
  const growth = (heaps.at(-1) ?? Infinity) - (heaps[WARM_UP_ROUNDS - 1] ?? 0);
  expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
});

const waitFor = (what: string, reached: () => boolean) =>
  waitUntil({ what, timeoutMs: 60_000, attempt: async () => reached() });

/** Empty lists, and watches that stay open; the streams by the plural of their resource. */
function answerWithEmptyLists({ answerWith }: ScriptedServer): ReadonlyMap<string, ServerResponse> {
  const streams = new Map<string, ServerResponse>();
  answerWith(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://scripted');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!searchParams.has('watch')) {
      response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
      return;
    }
    response.flushHeaders();
    const resource = pathname.split('/').at(-1) ?? '';
    if (resource !== 'tidbclusters') streams.set(resource, response);
  });
  return streams;
}

/** One failure, its retry, its success, and the end of everything: ten events of heavy objects. */
function incidentEvents(name: string): { resource: string; event: object }[] {
  const meta = (kind: string, more: object = {}) => ({
    name: kind === 'backup' ? name : `backup-${name}-log-start`,
    namespace: 'shop',
    uid: `${kind}-${name}`,
    resourceVersion: '2',
    creationTimestamp: '2026-11-21T10:00:00Z',
    managedFields: [{ text: 'x'.repeat(2_000) }],
    ...more,
  });
  const owner = (kind: string) => ({
    apiVersion: 'v1',
    kind,
    name: meta(kind.toLowerCase()).name,
    uid: `${kind.toLowerCase()}-${name}`,
  });
  const backup = (incident?: object) => ({
    metadata: meta(
      'backup',
      incident && { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } },
    ),
    // Kept by the view: one that forgets nothing would grow by it.
    spec: { backupMode: 'log', note: `${name}${'y'.repeat(10_000)}` },
    status: {
      phase: 'Running',
      logSubCommandStatuses: { 'log-start': { command: 'log-start', phase: 'Running' } },
      ...(incident && { backoffRetryStatus: [{ retryNum: 1, realRetryAt: '2026-11-21T10:01:00Z' }] }),
    },
  });
  const job = (type?: string) => ({
    metadata: meta('job', { ownerReferences: [owner('Backup')] }),
    spec: {},
    status: {
      conditions:
        type === undefined ? [] : [{ type, status: 'True', lastTransitionTime: new Date().toISOString() }],
    },
  });
  const pod = { metadata: meta('pod', { ownerReferences: [owner('Job')] }), status: { phase: 'Pending' } };
  const incident = {
    id: `job-${name}`,
    firstFailedAt: '2026-11-21T10:00:30Z',
    retries: 1,
    lastJobUid: 'job-0',
    specHash: 'h',
    state: 'open',
  };
  const event = (resource: string, object: object, type = 'MODIFIED') => ({
    resource,
    event: { type, object },
  });
  return [
    event('backups', backup(), 'ADDED'),
    event('jobs', job(), 'ADDED'),
    event('pods', pod, 'ADDED'),
    event('jobs', job('Failed')),
    event('backups', backup(incident)),
    event('backups', backup({ ...incident, state: 'settled' })),
    event('pods', pod),
    event('pods', pod, 'DELETED'),
    event('jobs', job('Failed'), 'DELETED'),
    event('backups', backup({ ...incident, state: 'settled' }), 'DELETED'),
  ];
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node.js gives no gc()');
  for (let times = 0; times < 3; times += 1) Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}
