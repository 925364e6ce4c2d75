import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkHoles } from '../../../src/domain/drill/backup-layout.js';
import type { Baseline } from '../../../src/domain/drill/baseline.js';
import {
  isFolderMarker,
  judgeInventory,
  type InventoryQuestion,
} from '../../../src/domain/drill/inventory.js';

const trio = ['xtrabackup_checkpoints', 'xtrabackup_info', 'xtrabackup_binlog_info'];
const healthy = ['ibdata1', 'shop/orders.ibd', 'shop/orders.frm', 'backup-my.cnf', 'ib_logfile0', ...trio];
const nowMs = Date.UTC(2026, 10, 21);
const baseline: Baseline = {
  version: 1,
  takenAt: '2026-11-21T00:00:00Z',
  serverVersion: '10.11.19-MariaDB',
  gtid: '0-1-10',
  schemas: ['shop'],
  tables: [],
  sizeBytes: 500,
  canary: { schema: 'shop', table: 'canary', query: 'SELECT 1', expected: '1' },
};

function question(names: readonly string[], changes: Partial<InventoryQuestion> = {}): InventoryQuestion {
  const lastModifiedMs = nowMs - 86_400_000;
  return {
    objects: names.map((name) => ({ name, sizeBytes: 100, etag: '"e"', lastModifiedMs })),
    layout: 'directory',
    history: [],
    minSizeRatio: 0.5,
    pitrRequired: false,
    baselineRequired: false,
    nowMs,
    ...changes,
  };
}

/** The same objects, some of them with other sizes. */
function sized(names: readonly string[], sizes: Readonly<Record<string, number>>) {
  return question(names).objects.map((object) => ({ ...object, sizeBytes: sizes[object.name] ?? 100 }));
}

describe('inventory', () => {
  it('passes what tools write, in every layout, under old and new names, compressed or not', () => {
    const chunked = [
      ...healthy.map((name) => `${name}.00000000000000000000`),
      'ibdata1.00000000000000000001',
    ];
    const renamed = healthy.map((name) => name.replace('xtrabackup_', 'mariadb_backup_'));
    const outcomes = [
      judgeInventory(question(healthy)),
      judgeInventory(question(renamed)),
      judgeInventory(question(healthy.map((name) => (name.endsWith('checkpoints') ? name : `${name}.zst`)))),
      judgeInventory(question(['backup.mbstream.zst', ...trio], { layout: 'stream' })),
      judgeInventory(question(chunked, { layout: 'xbcloud' })),
    ].map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['passed', 'passed', 'passed', 'passed', 'passed']);
  });

  it.each(['xtrabackup_checkpoints', 'xtrabackup_info'])('fails a backup without %s', (part) => {
    const names = healthy.filter((name) => name !== part);
    const judged = judgeInventory(question(names));
    expect(judged).toMatchObject({ outcome: 'failed', cause: 'incomplete-upload' });
    expect(judged.evidence).toContainEqual({ text: `${part} is not there` });
  });

  it('demands the binlog position only where there is one to expect', () => {
    const names = healthy.filter((name) => !name.endsWith('binlog_info'));
    expect(judgeInventory(question(names)).outcome).toBe('passed');
    expect(judgeInventory(question(names, { pitrRequired: true })).outcome).toBe('failed');
    expect(judgeInventory(question(names, { baseline })).outcome).toBe('failed');
    expect(judgeInventory(question(names, { baseline: { ...baseline, gtid: '' } })).outcome).toBe('passed');
  });

  it('says that the upload of an incomplete backup may still run', () => {
    const objects = question(['ibdata1']).objects.map((object) => ({
      ...object,
      lastModifiedMs: nowMs - 5_000,
    }));
    const { warnings } = judgeInventory(question([], { objects }));
    expect(warnings).toEqual([{ text: 'the newest object is 5 s old: the upload may still run' }]);
  });

  it('fails a stream that is not there, and one of nothing', () => {
    expect(judgeInventory(question(trio, { layout: 'stream' })).evidence).toContainEqual({
      text: 'the stream (backup.mbstream) is not there',
    });
    const objects = sized(['backup.mbstream', ...trio], { 'backup.mbstream': 0 });
    expect(judgeInventory(question([], { objects, layout: 'stream' }))).toMatchObject({ outcome: 'failed' });
  });

  it('cannot tell where the plan names another layout than the objects have', () => {
    const stream = ['backup.mbstream', ...trio];
    expect(judgeInventory(question(stream))).toMatchObject({
      outcome: 'inconclusive',
      cause: 'plan-mismatch',
    });
    expect(judgeInventory(question(healthy, { layout: 'stream' }))).toMatchObject({
      outcome: 'inconclusive',
    });
    const two = ['a.mbstream', 'b.mbstream', ...trio];
    expect(judgeInventory(question(two, { layout: 'stream' }))).toMatchObject({ outcome: 'inconclusive' });
  });

  it('refuses hostile names without calling the backup bad', () => {
    const judged = judgeInventory(question([...healthy, '../../etc/cron.d/x']));
    expect(judged).toMatchObject({ outcome: 'inconclusive', cause: 'refused-name' });
    expect(judged.evidence[0]?.text).toBe('../../etc/cron.d/x has the part ..');
  });

  it('fails empty files that are never empty, and accepts those that may be', () => {
    const may = ['shop/notes.MYD', 'mysql/general_log.CSV', 'xtrabackup_slave_info'];
    const sizes = Object.fromEntries(may.map((name) => [name, 0]));
    expect(judgeInventory(question([], { objects: sized([...healthy, ...may], sizes) })).outcome).toBe(
      'passed',
    );
    for (const name of ['shop/orders.ibd', 'ibdata1', 'xtrabackup_info', 'shop/orders.frm']) {
      const objects = sized(healthy, { [name]: 0 });
      expect(judgeInventory(question([], { objects })).evidence).toEqual([{ text: '0 bytes', source: name }]);
    }
  });

  it('warns when a backup shrinks, and fails it below the limit of the plan', () => {
    const total = healthy.length * 100;
    const judge = (usual: number) => judgeInventory(question(healthy, { history: [usual, usual, usual] }));
    expect(judge(total).warnings).toEqual([]);
    expect(judge(total / 0.7)).toMatchObject({ outcome: 'passed', warnings: [{}] });
    expect(judge(total / 0.4)).toMatchObject({ outcome: 'failed', cause: 'size-drop' });
    expect(judgeInventory(question(healthy, { history: [total * 10] })).outcome).toBe('passed');
    const off = question(healthy, { history: [total * 10, total * 10, total * 10], minSizeRatio: 0 });
    expect(judgeInventory(off).outcome).toBe('passed');
  });

  it('compares with the size of the database where nothing is compressed', () => {
    const large = { ...baseline, sizeBytes: 10_000 };
    expect(judgeInventory(question(healthy, { baseline: large })).cause).toBe('size-drop');
    const zipped = healthy.map((name) => (name.endsWith('checkpoints') ? name : `${name}.zst`));
    expect(judgeInventory(question(zipped, { baseline: large })).outcome).toBe('passed');
  });

  it('finds every hole in the chunks of a file, wherever it is', () => {
    const file = (count: number, without: number) =>
      Array.from({ length: count }, (_none, index) => index)
        .filter((index) => index !== without)
        .map((index) => `shop/a.ibd.${String(index).padStart(20, '0')}`);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(60), (count, without) => {
        // The last chunk that is missing leaves no hole: the end of the stream shows it.
        expect(chunkHoles(file(count, without).reverse())).toHaveLength(without < count - 1 ? 1 : 0);
      }),
    );
    expect(chunkHoles(file(4, 1))).toEqual(['shop/a.ibd: chunk 1 is not there, chunk 2 is']);
  });

  it('keeps the markers of folders out', () => {
    expect([
      isFolderMarker({ name: '', sizeBytes: 0 }),
      isFolderMarker({ name: 'shop/', sizeBytes: 0 }),
      isFolderMarker({ name: 'shop/', sizeBytes: 1 }),
      isFolderMarker({ name: 'shop/a', sizeBytes: 0 }),
    ]).toEqual([true, true, false, false]);
  });

  it('bounds what a hostile list makes it say', () => {
    const names = Array.from({ length: 5_000 }, (_none, index) => `../${'x'.repeat(900)}${index}`);
    const judged = judgeInventory(question(names));
    expect(judged.evidence).toHaveLength(20);
    expect(judged.moreEvidence).toBe(4_980);
    expect(JSON.stringify(judged).length).toBeLessThan(20_000);
  });
});
