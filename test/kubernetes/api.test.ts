import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backupReference } from '../../src/kubernetes/backups.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { startScriptedServer, type ScriptedServer } from '../../dev/scripted-server/start-scripted-server.js';

const orders = backupReference({ namespace: 'prod', name: 'orders' });
const log = { namespace: 'prod', pod: 'orders-1', tailLines: 50, limitBytes: 100, timeoutMs: 100 };

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.stop());

/** What a call throws. */
async function failureOf(call: Promise<unknown>): Promise<ApiFailure> {
  try {
    await call;
  } catch (failure) {
    if (failure instanceof ApiFailure) return failure;
    throw failure;
  }
  throw new Error('the call succeeded');
}

describe('an API server that does not answer', () => {
  test('is given up after the deadline of a call, and after ten seconds where a call names none', async () => {
    server.answerWith(() => undefined);
    const startedMs = Date.now();
    const [named, usual] = await Promise.all([
      failureOf(server.api.podLog(log)).then((failure) => ({ failure, afterMs: Date.now() - startedMs })),
      failureOf(server.api.get(orders)).then((failure) => ({ failure, afterMs: Date.now() - startedMs })),
    ]);
    expect(named.failure).toMatchObject({ status: undefined, retryable: true });
    expect(named.afterMs).toBeLessThan(5_000);
    expect(usual.failure).toMatchObject({ status: undefined, retryable: true });
    expect(usual.failure.message).toMatch(/^get Backup prod\/orders failed: .*no answer/);
    expect(usual.afterMs).toBeGreaterThan(9_900);
    expect(usual.afterMs).toBeLessThan(15_000);
  });

  test.each([200, 403])(
    'has not answered when it stops in the middle of the body of a %i',
    async (status) => {
      server.answerWith((_request, response) => void response.writeHead(status).write('{"kind":'));
      expect(await failureOf(server.api.podLog(log))).toMatchObject({ status: undefined, retryable: true });
    },
  );

  test('has not answered when the connection breaks in the middle of the body', async () => {
    server.answerWith((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"kind":', () => response.destroy());
    });
    expect(await failureOf(server.api.get(orders))).toMatchObject({ status: undefined, retryable: true });
  });

  test('may be asked again when the connection is refused', async () => {
    await server.refuseConnections();
    expect(await failureOf(server.api.get(orders))).toMatchObject({
      status: undefined,
      reason: 'ECONNREFUSED',
      retryable: true,
    });
  });
});

describe('an answer that is a refusal', () => {
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    server.answerWith((_request, response) => void response.writeHead(status, headers).end(body));

  test("a proxy's page is quoted, shortened, and not taken for the API server's word", async () => {
    const page = `<html><h1>502 Bad Gateway</h1>${'x'.repeat(10_000)}</html>`;
    answer(502, page, { 'content-type': 'text/html' });
    const failure = await failureOf(server.api.get(orders));
    expect(failure).toMatchObject({ status: 502, reason: '' });
    expect(failure.message).toMatch(/^get Backup prod\/orders failed: 502: <html><h1>502 Bad Gateway/);
    expect(failure.message.length).toBeLessThan(600);
  });

  test("a proxy's page with status 200 is no object", async () => {
    answer(200, '<html>please log in</html>');
    expect(await failureOf(server.api.get(orders))).toMatchObject({ status: undefined, retryable: false });
  });

  test.each([
    [401, 'Unauthorized', 'Unauthorized', 'get Backup prod/orders failed: 401 Unauthorized: Unauthorized'],
    [
      403,
      'Forbidden',
      'backups.pingcap.com "orders" is forbidden: User "holdfast-worker" cannot get resource "backups"',
      'get Backup prod/orders failed: 403 Forbidden: backups.pingcap.com "orders" is forbidden: User "holdfast-worker" cannot get resource "backups"',
    ],
  ])('a %i says what was refused to whom, and is final', async (status, reason, message, text) => {
    answer(status, JSON.stringify({ kind: 'Status', status: 'Failure', reason, message, code: status }));
    const failure = await failureOf(server.api.get(orders));
    expect(failure).toMatchObject({ status, reason, retryable: false });
    expect(failure.message).toBe(text);
  });

  test.each([
    ['3', 3_000],
    ['Fri, 20 Nov 2026 10:00:00 GMT', undefined],
    ['0', undefined],
  ])('Retry-After: %s', async (header, retryAfterMs) => {
    answer(429, '{}', { 'retry-after': header });
    expect(await failureOf(server.api.get(orders))).toMatchObject({ retryable: true, retryAfterMs });
  });

  test('a 404 is "not there" for reads and deletes, and a failure for writes', async () => {
    answer(404, '{"reason":"NotFound","message":"not found"}');
    expect(await server.api.get(orders)).toBeUndefined();
    expect(await server.api.podLog(log)).toBeUndefined();
    expect(await server.api.delete(orders, { uid: '1' })).toBe(false);
    expect(await failureOf(server.api.list(BACKUPS))).toMatchObject({ status: 404 });
    expect(await failureOf(server.api.mergePatch(orders, {}))).toMatchObject({ status: 404 });
  });
});

describe('what is sent', () => {
  test('names and selectors are escaped, and what is not asked for is left out', async () => {
    const urls: string[] = [];
    server.answerWith(({ url = '' }, response) => {
      urls.push(url);
      response.end('{}');
    });
    await server.api.get(backupReference({ namespace: 'prod', name: '../secrets/a?b' }));
    await server.api.list(BACKUPS, { labelSelector: 'a in (b,c)', continue: undefined });
    expect(urls).toEqual([
      '/apis/pingcap.com/v1alpha1/namespaces/prod/backups/..%2Fsecrets%2Fa%3Fb',
      '/apis/pingcap.com/v1alpha1/backups?labelSelector=a+in+%28b%2Cc%29',
    ]);
  });
});

test('a token that was rotated in its file is used from the next minute on', async () => {
  const tokenFile = (folder: string) => join(folder, 'token');
  const user = (folder: string) => ({
    'auth-provider': { name: 'tokenFile', config: { tokenFile: tokenFile(folder) } },
  });
  const rotating = await startScriptedServer(user);
  try {
    const tokens: (string | undefined)[] = [];
    rotating.answerWith(({ headers }, response) => {
      tokens.push(headers.authorization);
      response.end('{}');
    });
    await writeFile(tokenFile(rotating.folder), 'first');
    await rotating.api.get(orders);
    await writeFile(tokenFile(rotating.folder), 'second');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    await rotating.api.get(orders);
    expect(tokens).toEqual(['Bearer first', 'Bearer second']);
  } finally {
    vi.useRealTimers();
    await rotating.stop();
  }
});

test('a token that the API server does not know any more is read again, once', async () => {
  const user = (folder: string) => ({
    'auth-provider': { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } },
  });
  const rotated = await startScriptedServer(user);
  try {
    const tokens: (string | undefined)[] = [];
    let known = 'Bearer first';
    rotated.answerWith(({ headers }, response) => {
      tokens.push(headers.authorization);
      response.writeHead(headers.authorization === known ? 200 : 401).end('{}');
    });
    await writeFile(join(rotated.folder, 'token'), 'first');
    await rotated.api.get(orders);
    known = 'Bearer second';
    await writeFile(join(rotated.folder, 'token'), 'second');
    expect(await rotated.api.get(orders)).toEqual({});
    expect(tokens).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
    known = 'nobody';
    expect(await failureOf(rotated.api.get(orders))).toMatchObject({ status: 401, retryable: false });
    expect(tokens.slice(3)).toEqual(['Bearer second', 'Bearer second']);
  } finally {
    await rotated.stop();
  }
});

test('a budget of requests holds for all of them together', async () => {
  const limited = await startScriptedServer(undefined, { qps: 50, burst: 2 });
  try {
    limited.answerWith((_request, response) => void response.end('{}'));
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => limited.api.get(orders)));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(59);
  } finally {
    await limited.stop();
  }
});
