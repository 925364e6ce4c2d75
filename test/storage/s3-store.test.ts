import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/storage/object-store.js';
import { inEnvironment, startDrillBucket, type DrillBucket } from './drill-bucket.js';

let world: DrillBucket;
let store: ObjectStore;
const text = (content: string) => ({ text: content, contentType: 'text/plain' });

beforeAll(async () => {
  world = await startDrillBucket();
  store = world.open();
});
afterAll(() => world?.stop());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('S3 store, against a real server', () => {
  it('lists keys of all kinds as they are, over several pages, and the folders of a level', async () => {
    const keys = ['l/a b+c%20d', 'l/sub/ü&<>"', 'l/sub/two', 'l/tab\there', 'l/z'];
    for (const key of keys) await store.writeText(key, text('content'));
    const listed = await all(store.list('l/'));
    expect(listed.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(listed.every(({ sizeBytes, etag }) => sizeBytes === 7 && etag !== '')).toBe(true);
    expect(await all(store.folders('l/'))).toEqual(['l/sub/']);
    await Promise.all(Array.from({ length: 1_050 }, (_none, index) => world.put(`many/${index}`, 'x')));
    expect(await all(store.list('many/'))).toHaveLength(1_050);
  });

  it('reads from a byte on, and only the object that was meant', async () => {
    const { etag } = await store.writeText('r', text('0123456789'));
    const found = await store.read('r', { fromByte: 4, ifMatch: etag });
    expect(Buffer.concat(await all(found?.body ?? Readable.from([]))).toString()).toBe('456789');
    expect(found?.object).toMatchObject({ key: 'r', sizeBytes: 10, etag });
    await store.writeText('r', text('another one'));
    await expect(store.read('r', { ifMatch: etag })).rejects.toMatchObject({ kind: 'Conflict' });
  });

  it('answers undefined for what is not there, and fails where there is no bucket', async () => {
    expect(await store.read('nothing')).toBeUndefined();
    expect(await store.readText('nothing', 10)).toBeUndefined();
    const nowhere = world.open(world.location({ bucket: 'no-such-bucket' }));
    await expect(all(nowhere.list(''))).rejects.toMatchObject({ kind: 'NoBucket' });
    await expect(nowhere.read('nothing')).rejects.toMatchObject({ kind: 'NoBucket' });
  });

  it('writes under a condition or not at all', async () => {
    const { etag } = await store.writeText('w', text('1'), { ifAbsent: true });
    await expect(store.writeText('w', text('2'), { ifAbsent: true })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    const next = await store.writeText('w', text('3'), { ifMatch: etag });
    await expect(store.writeText('w', text('4'), { ifMatch: etag })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    expect(await store.readText('w', 10)).toEqual({ text: '3', etag: next.etag });
    await expect(store.writeText('gone', text('5'), { ifMatch: etag })).rejects.toMatchObject({
      kind: 'Conflict',
    });
  });

  it('lets one of thirty writers win', async () => {
    const writers = Array.from({ length: 30 }, (_none, index) =>
      store.writeText('one', text(String(index)), { ifAbsent: true }).then(
        () => 'won',
        (failure: unknown) => failure,
      ),
    );
    const outcomes = await Promise.all(writers);
    const losers = outcomes.filter((outcome) => outcome !== 'won');
    expect(losers).toHaveLength(29);
    for (const loser of losers) expect(loser).toMatchObject({ kind: 'Conflict' });
  });

  it('is refused with a wrong key, a wrong secret, and where it may only read', async () => {
    const { accessKeyId, secretAccessKey } = world.location().credentials ?? {};
    if (!accessKeyId || !secretAccessKey) throw new Error('the test has credentials');
    const wrong = inEnvironment('wrong');
    for (const credentials of [
      { accessKeyId: wrong, secretAccessKey },
      { accessKeyId, secretAccessKey: wrong },
    ]) {
      const refused = world.open(world.location({ credentials }));
      await expect(refused.read('r')).rejects.toMatchObject({ kind: 'AccessDenied', retryable: false });
    }
    const reader = world.open(world.reader());
    expect(await all(reader.list('l/'))).not.toEqual([]);
    await expect(reader.writeText('r', text('x'))).rejects.toMatchObject({ kind: 'AccessDenied' });
  });

  it('stops listing when it is told to', async () => {
    const abort = new AbortController();
    const listing = (async () => {
      for await (const { key } of store.list('', { signal: abort.signal })) {
        if (key !== '') abort.abort(new Error('enough'));
      }
    })();
    await expect(listing).rejects.toThrow('enough');
  });
});
