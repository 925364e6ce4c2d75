import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LedgerVerdict } from '../../src/domain/drill/ledger.js';
import { createLedgerFollower } from '../../src/storage/ledger-log.js';
import { createLedgerStore } from '../../src/storage/ledger-store.js';
import type { ObjectStore } from '../../src/storage/object-store.js';
import { startDrillBucket, type DrillBucket } from './drill-bucket.js';

let world: DrillBucket;
let store: ObjectStore;
let read: string[];
beforeAll(async () => {
  world = await startDrillBucket();
  const real = world.open();
  store = {
    list: real.list.bind(real),
    folders: real.folders.bind(real),
    read: real.read.bind(real),
    writeText: real.writeText.bind(real),
    close: real.close.bind(real),
    readText: async (key, maxBytes, options) => {
      read.push(key.slice(-'0000000001.json'.length));
      return real.readText(key, maxBytes, options);
    },
  };
});
afterAll(() => world?.stop());

function verdict(drill: string): LedgerVerdict {
  return {
    drill,
    plan: 'weekly',
    backup: { id: 'b1', prefix: 'p/b1/' },
    verdict: 'pass',
    summary: 'every rung passed',
    startedMs: 1_000,
    finishedMs: 2_000,
  };
}

/** What one more look at the log finds, and which entries it read for that. */
async function look(follower: ReturnType<typeof createLedgerFollower>) {
  read = [];
  const { verdicts, problems } = await follower.read();
  return { drills: verdicts.map(({ drill }) => drill), problems, read };
}

it('reads an entry once, and sees each that comes, changes or goes', async () => {
  const prefix = 'followed/';
  const key = (number: number) => `${prefix}_holdfast/log/000000000${number}.json`;
  const writer = createLedgerStore({ store: world.open(), prefix });
  const follower = createLedgerFollower({ store, prefix });
  expect(await look(follower)).toEqual({ drills: [], problems: [], read: [] });
  for (const drill of ['d1', 'd2']) await writer.append(verdict(drill));
  const both = ['0000000001.json', '0000000002.json'];
  expect(await look(follower)).toEqual({ drills: ['d1', 'd2'], problems: [], read: both });
  await writer.append(verdict('d3'));
  expect((await look(follower)).read).toEqual(['0000000003.json']);
  expect((await look(follower)).read).toEqual([]);

  const second = (await world.open().readText(key(2), 100_000))?.text ?? '';
  await world.put(key(2), second.replace('"pass"', '"fail"'));
  const changed = await look(follower);
  expect(changed.read).toEqual(['0000000002.json']);
  expect(changed.problems).toEqual([`${key(3)} does not carry the hash of the entry before it`]);

  await world.server.admin.deleteObject({ bucket: world.bucket, key: key(2) });
  const removed = await look(follower);
  expect(removed).toEqual({
    drills: ['d1', 'd3'],
    problems: [`${key(3)} has number 3, expected 2: entries are missing`],
    read: [],
  });
});

it('goes on where a read was cut short', async () => {
  const prefix = 'long/';
  const writer = createLedgerStore({ store: world.open(), prefix });
  for (let drill = 1; drill <= 20; drill += 1) await writer.append(verdict(`d${drill}`));
  const stop = new AbortController();
  const slow: ObjectStore = {
    ...store,
    readText: async (key, maxBytes, options) => {
      if (key.endsWith('17.json')) stop.abort(new Error('too long'));
      options?.signal?.throwIfAborted();
      return store.readText(key, maxBytes, options);
    },
  };
  const follower = createLedgerFollower({ store: slow, prefix });
  read = [];
  await expect(follower.read({ signal: stop.signal })).rejects.toThrow('too long');
  const again = await look(follower);
  expect(again.drills).toHaveLength(20);
  expect(again.read.length).toBeLessThan(20);
});
