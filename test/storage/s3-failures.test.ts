import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback, type LoopbackServer } from '../../dev/node-agent/loopback-server.js';
import { StoreFailure, type ObjectStore } from '../../src/storage/object-store.js';
import { createS3Store } from '../../src/storage/s3-store.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let listening: LoopbackServer;
let answer: Answer;
let requests = 0;
let store: ObjectStore;

beforeEach(async () => {
  requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    answer(request, response);
  });
  listening = await listenOnLoopback(server, 0);
  process.env.SCRIPTED_ID = 'id';
  process.env.SCRIPTED_SECRET = 'very-secret-value';
  store = storeAt(`http://127.0.0.1:${listening.port}`);
});

afterEach(async () => {
  store.close();
  await listening.stop();
});

function storeAt(
  endpoint: string,
  credentials = { id: 'SCRIPTED_ID', secret: 'SCRIPTED_SECRET' },
): ObjectStore {
  return createS3Store({
    endpoint,
    region: 'us-east-1',
    bucket: 'backups',
    prefix: '',
    pathStyle: true,
    credentials: { accessKeyId: { env: credentials.id }, secretAccessKey: { env: credentials.secret } },
  });
}

function says(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
}

function refusal(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as scripted</Message></Error>`;
}

async function failureOf(call: Promise<unknown>): Promise<StoreFailure> {
  const failure = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(failure instanceof StoreFailure)) throw new Error(`expected a StoreFailure, got ${String(failure)}`);
  return failure;
}

async function listAll(prefix = 'p/'): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

function page(keys: readonly string[], next?: string): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`);
  const more = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<?xml version="1.0"?><ListBucketResult><Name>backups</Name><IsTruncated>${next !== undefined}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`;
}

describe('failures of an S3 store', () => {
  it.each([
    [403, 'AccessDenied', 'AccessDenied', false],
    [403, 'SignatureDoesNotMatch', 'AccessDenied', false],
    [403, 'InvalidAccessKeyId', 'AccessDenied', false],
    [400, 'ExpiredToken', 'AccessDenied', false],
    [404, 'NoSuchBucket', 'NoBucket', false],
    [403, 'RequestTimeTooSkewed', 'ClockSkew', false],
    [503, 'SlowDown', 'Throttled', true],
    [429, 'TooManyRequests', 'Throttled', true],
    [500, 'InternalError', 'Unreachable', true],
    [502, 'BadGateway', 'Unreachable', true],
    [412, 'PreconditionFailed', 'Conflict', false],
    [409, 'ConditionalRequestConflict', 'Conflict', false],
    [501, 'NotImplemented', 'Unreachable', true],
    [400, 'InvalidRequest', 'Refused', false],
  ])('maps %i %s to %s', async (status, code, kind, retryable) => {
    answer = says(status, refusal(code));
    const calls = [
      () => listAll(),
      () => store.read('k'),
      () => store.writeText('k', { text: 'x', contentType: 'text/plain' }),
    ];
    for (const call of calls) {
      const failure = await failureOf(call());
      expect({ kind: failure.kind, retryable: failure.retryable }).toEqual({ kind, retryable });
      expect(failure.message).not.toContain('very-secret-value');
    }
  });

  it.each([
    [200, '<!doctype html><html><body><h1>Sign in</h1><br></body></html>'],
    [200, '<html><body>Welcome</body></html>'],
    [200, '{"error":"not found"}'],
    [200, ''],
    [404, '<html><body>404</body></html>'],
    [302, '<html>moved</html>'],
  ])(
    'says that an answer %i %j is none of an S3 store, and makes no empty list of it',
    async (status, body) => {
      answer = says(status, body, { 'content-type': 'text/html' });
      expect((await failureOf(listAll())).kind).toBe('Malformed');
    },
  );

  it('takes no login page for an object', async () => {
    answer = says(200, '<html>sign in</html>', { 'content-type': 'text/html' });
    expect((await failureOf(store.readText('k', 1_000))).kind).toBe('Malformed');
  });

  it('does not wait for ever where a page leads to itself', async () => {
    answer = says(200, page(['p/a'], 'same'));
    expect((await failureOf(listAll())).kind).toBe('Malformed');
  });

  it('notices a store that knows neither conditions nor ranges', async () => {
    answer = says(200, 'whole', { etag: '"other"', 'content-length': '5' });
    expect((await failureOf(store.read('k', { ifMatch: '"e"' }))).kind).toBe('Conflict');
    expect((await failureOf(store.read('k', { fromByte: 2 }))).kind).toBe('Malformed');
  });

  it('maps a transfer that breaks in the middle', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { etag: '"e"', 'content-length': '100' });
      response.write('only so much', () => response.destroy());
    };
    const found = await store.read('k');
    const drained = (async () => {
      for await (const piece of found?.body ?? []) expect(piece).toBeInstanceOf(Buffer);
    })();
    expect((await failureOf(drained)).kind).toBe('Unreachable');
  });

  it('reads no more of a text than was allowed', async () => {
    let sentBytes = 0;
    answer = (_request, response) => {
      response.writeHead(200, { etag: '"e"', 'content-length': String(1024 * 1024 * 1024) });
      const piece = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!response.destroyed) {
          sentBytes += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
      };
      more();
    };
    expect((await failureOf(store.readText('k', 100_000))).kind).toBe('TooLarge');
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('maps a port that nobody listens on, and a name that nobody has', async () => {
    await listening.stop();
    expect(await failureOf(listAll())).toMatchObject({ kind: 'Unreachable', retryable: true });
    const nowhere = storeAt('http://no-such-host.invalid');
    expect(await failureOf(nowhere.read('k'))).toMatchObject({ kind: 'Unreachable', retryable: true });
    nowhere.close();
  });

  it('repeats what was throttled, and nothing that was refused', async () => {
    answer = (request, response) =>
      requests < 3
        ? says(503, refusal('SlowDown'))(request, response)
        : says(200, page(['p/a']))(request, response);
    expect(await listAll()).toEqual(['p/a']);
    requests = 0;
    answer = says(403, refusal('AccessDenied'));
    await failureOf(listAll());
    expect(requests).toBe(1);
  });

  it('names the reference of a credential that is not set', async () => {
    const without = storeAt('http://127.0.0.1:1', { id: 'SCRIPTED_ID', secret: 'SCRIPTED_UNSET' });
    const failure = await failureOf(without.read('k'));
    expect(failure).toMatchObject({ kind: 'NoCredentials' });
    expect(failure.message).toContain('environment variable SCRIPTED_UNSET is not set');
    without.close();
  });
});
