import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { countRetried, failedCalls } from '../../dev/hold-proxy/retried-calls.js';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import { createKubeClient, hasStatus, type KubeClient } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { startControlPlane } from '../../dev/stack/control-plane.js';

const configMaps = '/api/v1/namespaces/default/configmaps';

let group: ProcessGroup;
let admin: KubeClient;
let worker: string;
let proxy: HoldProxy;
let client: KubeClient;

beforeAll(async () => {
  group = await createProcessGroup();
  const controlPlane = await startControlPlane(group);
  admin = createKubeClient(await readKubeIdentity(controlPlane.adminKubeconfig));
  worker = await controlPlane.kubeconfigFor({ user: 'holdfast-worker', groups: ['system:masters'] });
}, 120_000);

afterAll(async () => {
  await admin.close();
  await group.stop();
});

beforeEach(async () => {
  proxy = await startHoldProxy({ kubeconfig: worker, folder: path.join(group.folder, 'proxy') });
  client = createKubeClient(await readKubeIdentity(proxy.kubeconfig));
});

afterEach(async () => {
  await client.close();
  await proxy.stop();
});

function create(name: string): Promise<unknown> {
  return client.call({ method: 'POST', path: configMaps, body: { metadata: { name } } });
}

async function exists(name: string): Promise<boolean> {
  try {
    await admin.call({ method: 'GET', path: `${configMaps}/${name}` });
    return true;
  } catch (failure) {
    if (hasStatus(failure, 404)) return false;
    throw failure;
  }
}

/** A client that can be killed: one POST of a ConfigMap through the proxy. */
function startClientProcess(name: string): ChildProcess {
  const script = `fetch('${proxy.url}${configMaps}', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ metadata: { name: '${name}' } }) })`;
  return spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
}

async function killForGood(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('speaks with the identity of the given kubeconfig under the same context name', async () => {
  const review = await client.call({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  expect(review).toMatchObject({ status: { userInfo: { username: 'holdfast-worker' } } });
  const config = new KubeConfig();
  config.loadFromFile(proxy.kubeconfig);
  expect(config.getCurrentContext()).toBe('holdfast-dev');
  expect(config.getCurrentCluster()?.server).toBe(proxy.url);
  expect(await readFile(proxy.kubeconfig, 'utf8')).not.toContain('PRIVATE KEY');
});

test('holds a call before it happens, until it is released', async () => {
  const hold = proxy.holdNext({
    method: 'POST',
    path: /\/configmaps$/,
    body: /"name":"before"/,
    when: 'before',
  });
  await create('not-meant'); // another body passes
  const creating = create('before');
  expect(await hold.held).toEqual({
    method: 'POST',
    path: configMaps,
    body: '{"metadata":{"name":"before"}}',
  });
  expect(await exists('before')).toBe(false);
  hold.release();
  expect(await creating).toMatchObject({ metadata: { name: 'before' } });
  await create('next'); // a hold catches one call only
});

test('holds the answer of a call that has happened, until it is released', async () => {
  const hold = proxy.holdNext({ method: 'POST', path: /configmaps/, when: 'after' });
  let answered = false;
  const creating = create('after').finally(() => {
    answered = true;
  });
  await hold.held;
  expect(await exists('after')).toBe(true);
  expect(answered).toBe(false);
  hold.release();
  expect(await creating).toMatchObject({ metadata: { name: 'after' } });
});

test('a dropped call before never happens, a dropped call after has happened; the client knows neither', async () => {
  const before = proxy.holdNext({ method: 'POST', path: /configmaps/, when: 'before' });
  const first = create('dropped-before').catch((failure: unknown) => failure);
  await before.held;
  before.drop();
  expect(await first).toBeInstanceOf(Error);
  expect(await exists('dropped-before')).toBe(false);

  const after = proxy.holdNext({ method: 'POST', path: /configmaps/, when: 'after' });
  const second = create('dropped-after').catch((failure: unknown) => failure);
  await after.held;
  after.drop();
  expect(await second).toBeInstanceOf(Error);
  expect(await exists('dropped-after')).toBe(true);
  expect(proxy.calls().map(({ status }) => status)).toEqual([undefined, 201]);
});

test('a call of a client that was killed meanwhile is not forwarded any more', async () => {
  const hold = proxy.holdNext({ method: 'POST', path: /configmaps/, when: 'before' });
  const child = startClientProcess('of-the-dead');
  await hold.held;
  await killForGood(child);
  await waitUntil({
    what: 'connection not closed',
    timeoutMs: 5_000,
    attempt: async () => (await proxy.connections()) === 0,
  });
  hold.release();
  await create('of-the-living');
  expect(await exists('of-the-dead')).toBe(false);
});

test('passes watches on as they come', async () => {
  const abort = new AbortController();
  const events = await client.stream(
    `${configMaps}?watch=1&fieldSelector=metadata.name%3Dwatched`,
    abort.signal,
  );
  await create('watched');
  for await (const text of events) {
    expect(JSON.parse(text)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'watched' } } });
    break;
  }
  abort.abort();
});

test('answers what the API server refuses as it is refused, and keeps a list of the calls', async () => {
  await create('twice');
  const failure = await create('twice').catch((caught: unknown) => caught);
  expect(hasStatus(failure, 409)).toBe(true);
  expect(proxy.calls()).toEqual([
    { method: 'POST', path: configMaps, status: 201, atMs: expect.any(Number), open: expect.any(Boolean) },
    { method: 'POST', path: configMaps, status: 409, atMs: expect.any(Number), open: expect.any(Boolean) },
  ]);
});

describe('injected faults', () => {
  test('the next calls that fit are refused as an overloaded API server does it, and no others', async () => {
    const refusals = proxy.inject({
      fault: { kind: 'refusal', status: 429, retryAfterSeconds: 3 },
      method: 'POST',
      path: /configmaps/,
      which: { next: 2 },
    });
    const answer = await fetch(`${proxy.url}${configMaps}`, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await answer.json()).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      code: 429,
      details: { retryAfterSeconds: 3 },
    });
    expect(hasStatus(await failureOf(create('refused')), 429)).toBe(true);
    await create('not-refused');
    expect(refusals.count()).toBe(2);
    expect(await exists('refused')).toBe(false);
    expect(proxy.calls().map(({ status }) => status)).toEqual([429, 429, 201]);
  });

  test('a call that is reset before never happens, one that is reset after has happened', async () => {
    for (const when of ['before', 'after'] as const) {
      proxy.inject({ fault: { kind: 'reset', when }, which: { next: 1 } });
      expect(await failureOf(create(`reset-${when}`))).toMatchObject({ code: 'ECONNRESET' });
      expect(await exists(`reset-${when}`)).toBe(when === 'after');
    }
    expect(failedCalls(proxy.calls())).toHaveLength(2);
  });

  test('latency delays a call', async () => {
    proxy.inject({ fault: { kind: 'latency', ms: 300 }, which: { next: 1 } });
    const beganMs = performance.now();
    await create('late');
    expect(performance.now() - beganMs).toBeGreaterThan(290);
  });

  test('a share of the calls fails, the same calls for the same seed, until it is ended', async () => {
    const failuresOf = async (seed: number) => {
      const injecting = proxy.inject({
        fault: { kind: 'refusal', status: 503 },
        path: /never-there/,
        which: { share: 0.4, seed },
      });
      const statuses: number[] = [];
      for (let call = 0; call < 30; call++)
        statuses.push((await fetch(`${proxy.url}${configMaps}/never-there`)).status);
      expect(statuses.filter((status) => status === 503)).toHaveLength(injecting.count());
      injecting.end();
      expect((await fetch(`${proxy.url}${configMaps}/never-there`)).status).toBe(404);
      return statuses;
    };
    const first = await failuresOf(1);
    expect(new Set(first)).toEqual(new Set([404, 503]));
    expect(await failuresOf(1)).toEqual(first);
    expect(await failuresOf(2)).not.toEqual(first);
  });

  test('a failed call that is made again counts as retried', async () => {
    proxy.inject({ fault: { kind: 'refusal', status: 503 }, which: { next: 1 } });
    await failureOf(create('again'));
    expect(countRetried(proxy.calls())).toBe(0);
    await waitUntil({ what: 'no later', timeoutMs: 1_000, attempt: async () => Date.now() > lastCallMs() });
    await create('again');
    expect(countRetried(proxy.calls())).toBe(1);
  });
});

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((failure: unknown) => failure);
}

function lastCallMs(): number {
  return proxy.calls().at(-1)?.atMs ?? 0;
}
