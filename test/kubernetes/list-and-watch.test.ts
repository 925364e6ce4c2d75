import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitUntil } from '../../dev/processes/readiness.js';
import { listAndWatch, listAndWatchIfInstalled } from '../../src/kubernetes/list-and-watch.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { startScriptedServer, type ScriptedServer } from '../../dev/scripted-server/start-scripted-server.js';

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.stop());

const object = (name: string, resourceVersion: number) => ({
  metadata: { name, namespace: 'prod', uid: name, resourceVersion: String(resourceVersion) },
});
const line = (type: string, body: object) => `${JSON.stringify({ type, object: body })}\n`;
const added = (name: string, version: number) => line('ADDED', object(name, version));

type Respond = (response: ServerResponse) => void;

/** Serves lists and watches in turn; the last watch stays open. Returns what was asked and what was heard. */
function follow(answers: { lists: Respond[]; watches: Respond[] }, followList = listAndWatch) {
  const asked: string[] = [];
  server.answerWith(({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://localhost');
    const watching = searchParams.has('watch');
    asked.push(watching ? `watch from ${searchParams.get('resourceVersion')}` : 'list');
    const queue = watching ? answers.watches : answers.lists;
    const respond = queue.length > 1 ? queue.shift() : queue[0];
    respond?.(response);
  });
  const heard: string[] = [];
  const stop = new AbortController();
  const nameOf = (item: unknown) => JSON.stringify(item).match(/"name":"([^"]+)"/)?.[1] ?? '';
  const lines: string[] = [];
  const ended = followList(server.api, {
    target: { resource: BACKUPS },
    observer: { line: (_level, text) => void lines.push(text) },
    signal: stop.signal,
    handlers: {
      onList: (items) => heard.push(`list ${items.map(nameOf).join(' ')}`.trim()),
      onChange: ({ type, object }) => heard.push(`${type} ${nameOf(object)}`),
      onAlive: () => undefined,
    },
  });
  return { asked, heard, lines, ended, stop: () => stop.abort() };
}

const listOf =
  (version: number, ...names: string[]): Respond =>
  (response) =>
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: String(version) },
        items: names.map((name, index) => object(name, index + 1)),
      }),
    );
const send =
  (...parts: string[]): Respond =>
  (response) => {
    response.writeHead(200).flushHeaders();
    for (const part of parts) response.write(part);
  };

async function hears(followed: ReturnType<typeof follow>, expected: string[]): Promise<void> {
  await waitUntil({
    what: 'all should be heard',
    timeoutMs: 10_000,
    attempt: async () => followed.heard.length >= expected.length,
  });
  expect(followed.heard).toEqual(expected);
}

describe('a watch goes on', () => {
  test('after the connection broke in the middle of a line: from the last whole event, without a list', async () => {
    const followed = follow({
      lists: [listOf(10, 'a')],
      watches: [
        (response) => {
          send(added('b', 11), added('c', 12).slice(0, 20))(response);
          setImmediate(() => response.destroy());
        },
        send(added('c', 12)),
      ],
    });
    await hears(followed, ['list a', 'changed b', 'changed c']);
    expect(followed.asked).toEqual(['list', 'watch from 10', 'watch from 11']);
    followed.stop();
    await followed.ended;
  });

  test('when the server ended it in good order, from the version of the last bookmark', async () => {
    const followed = follow({
      lists: [listOf(10)],
      watches: [
        (response) => {
          send(line('BOOKMARK', { metadata: { resourceVersion: '40' } }))(response);
          response.end();
        },
        send(added('b', 41)),
      ],
    });
    await hears(followed, ['list', 'changed b']);
    expect(followed.asked).toEqual(['list', 'watch from 10', 'watch from 40']);
    followed.stop();
    await followed.ended;
  });

  test.each([
    ['an ERROR event', send(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'old' }))],
    ['the status', (response: ServerResponse) => void response.writeHead(410).end('{"reason":"Expired"}')],
  ])('with a new list when its version has expired, as %s says', async (_name, expired) => {
    const followed = follow({
      lists: [listOf(10, 'a'), listOf(50, 'b')],
      watches: [expired, send(line('DELETED', object('b', 51)))],
    });
    await hears(followed, ['list a', 'list b', 'deleted b']);
    expect(followed.asked).toEqual(['list', 'watch from 10', 'list', 'watch from 50']);
    followed.stop();
    await followed.ended;
  });

  test('after a list that broke off between two pages: from the first page on', async () => {
    const page: Respond = (response) =>
      response.end(
        JSON.stringify({ metadata: { resourceVersion: '9', continue: 'x' }, items: [object('a', 1)] }),
      );
    const broken: Respond = (response) => void response.writeHead(503).end('{}');
    const followed = follow({ lists: [page, broken, listOf(10, 'a', 'b')], watches: [send()] });
    await hears(followed, ['list a', 'list a b']);
    expect(followed.asked.slice(0, 3)).toEqual(['list', 'list', 'list']);
    followed.stop();
    await followed.ended;
  });
});

test('a throttled watch waits as long as the API server asks for, and nothing that happened meanwhile is missed', async () => {
  const throttled: Respond = (response) =>
    void response
      .writeHead(429, { 'retry-after': '3' })
      .end('{"reason":"TooManyRequests","message":"storage is (re)initializing"}');
  const startedMs = performance.now();
  const followed = follow({ lists: [listOf(10, 'a')], watches: [throttled, send(added('b', 11))] });
  await hears(followed, ['list a', 'changed b']);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(2_990);
  expect(followed.asked).toEqual(['list', 'watch from 10', 'watch from 10']);
  expect(followed.lines).toEqual([
    '[RETRY] list and watch backups failed (attempt 1): storage is (re)initializing - retrying in 3s',
    '[RETRY] list and watch backups succeeded after 1 retries',
  ]);
  followed.stop();
  await followed.ended;
});

test.each([403, 404])('a %i ends it: waiting does not mend that', async (status) => {
  const followed = follow({
    lists: [(response) => void response.writeHead(status).end('{"message":"no"}')],
    watches: [],
  });
  await expect(followed.ended).rejects.toMatchObject({ status });
});

test('it ends at once when told to, whether a watch is open or a failed list is to be repeated', async () => {
  const watching = follow({ lists: [listOf(10, 'a')], watches: [send()] });
  await hears(watching, ['list a']);
  watching.stop();
  await expect(watching.ended).resolves.toBeUndefined();
  const waiting = follow({ lists: [(response) => void response.writeHead(503).end('{}')], watches: [] });
  await waitUntil({ what: 'a list', timeoutMs: 5_000, attempt: async () => waiting.asked.length > 0 });
  waiting.stop();
  await expect(waiting.ended).resolves.toBeUndefined();
});

test('a kind whose CRD is not installed is an empty list, and ends neither the watch nor its answer to the stop', async () => {
  const { heard, ended, stop } = follow(
    { lists: [(response) => response.writeHead(404).end('{}')], watches: [] },
    listAndWatchIfInstalled,
  );
  await waitUntil({
    what: 'the empty list should be heard',
    timeoutMs: 5_000,
    attempt: async () => heard.length > 0,
  });
  expect(heard).toEqual(['list']);
  stop();
  await expect(ended).resolves.toBeUndefined();
});
