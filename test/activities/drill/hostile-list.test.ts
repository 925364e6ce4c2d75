import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback, type LoopbackServer } from '../../../dev/node-agent/loopback-server.js';
import { inventory } from '../../../src/activities/drill/rungs/inventory.js';
import type { ObjectStore } from '../../../src/storage/object-store.js';
import { createS3Store } from '../../../src/storage/s3-store.js';
import { inEnvironment } from '../../storage/drill-bucket.js';
import { startSession, type TestSession } from './drill-world.js';

let listening: LoopbackServer;
let session: TestSession;
let store: ObjectStore;
let pages = 0;
/** The keys of the page that a token leads to. */
let keysOf: (page: number) => readonly string[];
let lastPage = 0;

beforeEach(async () => {
  pages = 0;
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://s3').searchParams;
    const isBackup = query.get('prefix') === 'b1/';
    const page = Number(query.get('continuation-token') ?? 0);
    if (isBackup) pages += 1;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      isBackup ? listOf(keysOf(page), page < lastPage ? page + 1 : undefined) : listOf([], undefined),
    );
  });
  listening = await listenOnLoopback(server, 0);
  const location = {
    endpoint: `http://127.0.0.1:${listening.port}`,
    region: 'us-east-1',
    bucket: 'backups',
    prefix: '',
    pathStyle: true,
    credentials: { accessKeyId: inEnvironment('id'), secretAccessKey: inEnvironment('secret') },
  };
  store = createS3Store(location);
  session = await startSession({ store, location, id: 'b1', plan: { limits: { objects: 20_000 } } });
});

afterEach(async () => {
  store.close();
  await listening.stop();
  await session.remove();
});

function listOf(keys: readonly string[], next: number | undefined): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`);
  const token = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<?xml version="1.0"?><ListBucketResult><Name>backups</Name><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`;
}

describe('the list of a hostile bucket', () => {
  it('is not read to its end where it has a million keys', async () => {
    lastPage = 999;
    keysOf = (page) => Array.from({ length: 1_000 }, (_none, index) => `b1/f${page * 1_000 + index}`);
    expect(await inventory(session)).toMatchObject({ outcome: 'inconclusive', cause: 'too-many-objects' });
    expect(pages).toBeLessThanOrEqual(21);
    expect(await session.everything()).toEqual(['work']);
  });

  it.each([
    ['b1/../../escaped', 'has the part ..'],
    ['b1//etc/passwd', 'is an absolute path'],
    ['b1/a%00b', 'has a control character'],
    ['b1/a%0Ab', 'has a control character'],
    ['b1/--checkpoint-action=exec', 'has a part that begins with -'],
  ])('is refused for %j, in words', async (key, why) => {
    lastPage = 0;
    keysOf = () => [key, 'b1/ibdata1', 'b1/xtrabackup_checkpoints', 'b1/xtrabackup_info'];
    const found = await inventory(session);
    expect(found).toMatchObject({ outcome: 'inconclusive', cause: 'refused-name' });
    expect(found.evidence[0]?.text).toContain(why);
  });

  it('is not believed where it has keys that nobody asked for', async () => {
    lastPage = 0;
    keysOf = () => ['elsewhere/ibdata1'];
    expect(await inventory(session)).toMatchObject({ outcome: 'inconclusive', cause: 'store-malformed' });
  });
});
