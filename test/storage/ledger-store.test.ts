import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerVerdict } from '../../src/domain/drill/ledger.js';
import { createLedgerStore } from '../../src/storage/ledger-store.js';
import type { ObjectStore } from '../../src/storage/object-store.js';
import { startDrillBucket, type DrillBucket } from './drill-bucket.js';

let world: DrillBucket;
let store: ObjectStore;

beforeAll(async () => {
  world = await startDrillBucket();
  store = world.open();
});
afterAll(() => world?.stop());

function verdict(id: string, drill: string): LedgerVerdict {
  return {
    drill,
    plan: 'weekly',
    backup: { id, prefix: `p/${id}/` },
    verdict: 'pass',
    summary: 'every rung passed',
    startedMs: 1_000,
    finishedMs: 2_000,
  };
}

describe('ledger, in a real bucket', () => {
  it('keeps the entry of each of thirty writers, in one chain', async () => {
    const prefix = 'thirty/';
    const writers = Array.from({ length: 30 }, (_none, index) =>
      // Each with a gateway of its own, as thirty drill hosts have.
      createLedgerStore({ store: world.open(), prefix }).append(verdict(`b${index % 3}`, `d${index}`)),
    );
    await Promise.all(writers);
    const ledger = await createLedgerStore({ store, prefix }).readLedger();
    expect(ledger.problems).toEqual([]);
    expect(new Set(ledger.verdicts.map(({ drill }) => drill)).size).toBe(30);
    expect(ledger.verdicts).toHaveLength(30);
    const record = await store.readText(`${prefix}_holdfast/backups/b0.json`, 100_000);
    expect(JSON.parse(record?.text ?? '')).toMatchObject({ verdicts: { length: 10 } });
  });

  it('enters a verdict once, and mends the record that a dead writer left behind', async () => {
    const prefix = 'once/';
    const ledger = createLedgerStore({ store, prefix });
    await ledger.append(verdict('b1', 'd1'));
    await ledger.append(verdict('b2', 'd2'));
    await world.server.admin.deleteObject({
      bucket: world.bucket,
      key: `${prefix}_holdfast/backups/b1.json`,
    });
    await ledger.append(verdict('b1', 'd1'));
    expect((await ledger.readLedger()).verdicts.map(({ drill }) => drill)).toEqual(['d1', 'd2']);
    expect(await store.readText(`${prefix}_holdfast/backups/b1.json`, 100_000)).toBeDefined();
  });

  it('rebuilds everything from the log alone', async () => {
    const prefix = 'rebuilt/';
    const ledger = createLedgerStore({ store, prefix });
    await ledger.append(verdict('b1', 'd1'));
    await world.server.admin.deleteObject({
      bucket: world.bucket,
      key: `${prefix}_holdfast/backups/b1.json`,
    });
    const elsewhere = createLedgerStore({ store: world.open(), prefix });
    expect(await elsewhere.readLedger()).toEqual({ verdicts: [verdict('b1', 'd1')], problems: [] });
  });

  it('shows that an entry was changed, removed, or is none', async () => {
    const prefix = 'changed/';
    const ledger = createLedgerStore({ store, prefix });
    for (const drill of ['d1', 'd2', 'd3']) await ledger.append(verdict('b1', drill));
    const key = `${prefix}_holdfast/log/0000000002.json`;
    const original = (await store.readText(key, 100_000))?.text ?? '';
    await world.put(key, original.replace('"pass"', '"fail"'));
    const third = `${prefix}_holdfast/log/0000000003.json`;
    expect((await ledger.readLedger()).problems).toEqual([
      `${third} does not carry the hash of the entry before it`,
    ]);
    await world.put(key, '<html>');
    expect((await ledger.readLedger()).problems).toContain(`${key} is not a ledger entry`);
    await world.server.admin.deleteObject({ bucket: world.bucket, key });
    expect((await ledger.readLedger()).problems).toEqual([
      `${third} has number 3, expected 2: entries are missing`,
    ]);
    await ledger.append(verdict('b1', 'd4'));
    expect((await ledger.readLedger()).verdicts.map(({ drill }) => drill)).toEqual(['d1', 'd3', 'd4']);
  });

  it('keeps reports, under ids with slashes too, and refuses ids that are no names', async () => {
    const ledger = createLedgerStore({ store, prefix: 'reports/' });
    const key = await ledger.writeReport({ drill: 'drill/c1/weekly-1', name: 'report.json', text: '{}' });
    expect(key).toBe('reports/_holdfast/reports/drill_c1_weekly-1/report.json');
    expect((await store.readText(key, 10))?.text).toBe('{}');
    await expect(ledger.writeReport({ drill: '..', name: 'report.json', text: '{}' })).rejects.toMatchObject({
      kind: 'Refused',
    });
  });

  it('says that it cannot be written where the credentials only read', async () => {
    const ledger = createLedgerStore({ store: world.open(world.reader()), prefix: 'read-only/' });
    expect(await ledger.readLedger()).toEqual({ verdicts: [], problems: [] });
    await expect(ledger.append(verdict('b1', 'd1'))).rejects.toMatchObject({ kind: 'AccessDenied' });
  });
});
