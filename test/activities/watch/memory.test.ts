import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EVENTS_PER_INCIDENT, incidentEvents } from '../../../bench/watch/incident-events.js';
import { answerWithLists, WATCHES } from '../../../bench/watch/scripted-lists.js';
import { waitUntil } from '../../../dev/processes/readiness.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createWorkerMetrics } from '../../../src/observability/metrics.js';
import { beginWatchObserver } from '../../../src/worker/watch-observer.js';
import {
  startScriptedServer,
  type ScriptedServer,
} from '../../../dev/scripted-server/start-scripted-server.js';
import { startWatch, type Watch } from './watch-world.js';

const MIB = 1_048_576;
const INCIDENTS_PER_ROUND = 50;
/** The first rounds fill caches, buffers and what remembers the newest deletions, which is bounded. */
const WARM_UP_ROUNDS = 4;
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
  const lists = answerWithLists(server);
  const metrics = createWorkerMetrics({ cluster: 'test' });
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
  await waitFor('all watches are open', () => lists.watches() === WATCHES);
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = heard;
    for (let index = 0; index < INCIDENTS_PER_ROUND; index += 1) {
      for (const { resource, event } of incidentEvents(`b-${round}-${index}`)) {
        lists.send(resource, event);
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

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node.js gives no gc()');
  for (let times = 0; times < 3; times += 1) Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}
