import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnLoopback, type LoopbackServer } from '../../dev/node-agent/loopback-server.js';
import { serveEndpoints, type Endpoints } from '../../src/observability/http-endpoints.js';
import { createWorkerMetrics } from '../../src/observability/metrics.js';

let missing: () => Promise<readonly string[]>;
let sdk: LoopbackServer;
let sdkServer: Server;
let endpoints: Endpoints;

beforeEach(async () => {
  missing = async () => [];
  sdkServer = createServer((_request, response) => void response.end('temporal_num_pollers 5\n'));
  sdk = await listenOnLoopback(sdkServer, 0);
  const metrics = createWorkerMetrics({ cluster: 'blue' });
  metrics.beginWatch().objects.set({ resource: 'backups' }, 3);
  endpoints = await serveEndpoints({
    host: '127.0.0.1',
    port: 0,
    registries: metrics.registries,
    sdkMetricsUrl: `http://127.0.0.1:${sdk.port}/metrics`,
    notReady: () => missing(),
  });
});
afterEach(async () => {
  await endpoints.close();
  if (sdkServer.listening) await sdk.stop();
});

async function get(path: string): Promise<{ status: number; type: string | null; body: string }> {
  const answer = await fetch(`http://127.0.0.1:${endpoints.port}${path}`);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

test('/healthz is ok as long as the process runs, ready or not', async () => {
  missing = async () => ['Temporal'];
  expect(await get('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
});

describe('/readyz', () => {
  test('is ok when nothing is missing', async () => {
    expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('says 503 and what is missing', async () => {
    missing = async () => ['Kubernetes: connection refused', 'workers'];
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: 'not ready: Kubernetes: connection refused; workers\n',
    });
  });

  test('says 500 when it cannot tell, and the next question is answered', async () => {
    missing = async () => {
      throw new Error('broken');
    };
    expect(await get('/readyz')).toMatchObject({ status: 500, body: 'broken\n' });
    expect(await get('/healthz')).toMatchObject({ status: 200 });
  });
});

describe('/metrics', () => {
  test("has our own and the SDK's", async () => {
    const { status, type, body } = await get('/metrics');
    expect(status).toBe(200);
    expect(type).toMatch(/^text\/plain/);
    expect(body).toMatch(/^holdfast_watch_objects\{resource="backups",cluster="blue"\} 3$/m);
    expect(body).toMatch(/^temporal_num_pollers 5$/m);
  });

  test('has our own where the SDK does not answer, and says so in a comment', async () => {
    await sdk.stop();
    const { status, body } = await get('/metrics');
    expect(status).toBe(200);
    expect(body).toMatch(/^holdfast_watch_objects\{resource="backups",cluster="blue"\} 3$/m);
    expect(body).toMatch(/^# the Temporal SDK serves no metrics now: .*ECONNREFUSED/m);
    expect(body.split('\n').filter((line) => line !== '' && !/^(#|holdfast_)/.test(line))).toEqual([]);
  });
});

test('another path is a 404 that says which there are', async () => {
  expect(await get('/')).toMatchObject({ status: 404, body: expect.stringContaining('/readyz') });
});
