import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpaceBudget } from '../../../src/activities/drill/space-budget.js';
import { createStreamUnpacker } from '../../../src/activities/drill/unpack-stream.js';
import { dataChunk, endChunk, fileChunks, sparseChunk } from '../../database/encode-stream.js';

let root: string;
let attempt = 0;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-unpack-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Unpacks streams one after the other into a fresh folder; answers what is in it. */
async function unpack(
  streams: readonly Buffer[],
  { pieceBytes = 5, limitBytes }: { pieceBytes?: number; limitBytes?: number } = {},
): Promise<Map<string, Buffer>> {
  const folder = join(root, `case-${(attempt += 1)}`);
  await mkdir(folder);
  const budget = await createSpaceBudget({ root: folder, limitBytes });
  const unpacker = createStreamUnpacker({ folder, budget, maxFiles: 1_000 });
  try {
    for (const stream of streams) await unpacker.add(inPieces(stream, pieceBytes));
    await unpacker.finish();
  } finally {
    await unpacker.close();
  }
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(file.slice(folder.length + 1), await readFile(file));
  }
  return files;
}

async function* inPieces(buffer: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < buffer.length; at += pieceBytes) yield buffer.subarray(at, at + pieceBytes);
}

const orders = Buffer.from('the content of the table orders');
const ibdata = Buffer.from('the system tablespace');

/** Two files whose chunks are mixed, as threads of a backup write them. */
const mixed = [
  dataChunk('ibdata1', 0, ibdata.subarray(0, 8)),
  dataChunk('./shop/orders.ibd', 0, orders.subarray(0, 20)),
  dataChunk('ibdata1', 8, ibdata.subarray(8)),
  endChunk('ibdata1'),
  dataChunk('./shop/orders.ibd', 20, orders.subarray(20)),
  endChunk('./shop/orders.ibd'),
];

describe('unpacking a stream', () => {
  it('gives back the files, however the bytes arrive', async () => {
    const expected = new Map([
      ['ibdata1', ibdata],
      ['shop/orders.ibd', orders],
    ]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (pieceBytes) => {
        expect(await unpack([Buffer.concat(mixed)], { pieceBytes })).toEqual(expected);
      }),
      { numRuns: 25 },
    );
    // The chunks of xbcloud are streams that begin where the one before ended.
    expect(await unpack(mixed)).toEqual(expected);
  });

  it('gives back empty files, and holes', async () => {
    const stream = Buffer.concat([
      endChunk('empty.MYD'),
      sparseChunk('t.ibd', 0, [
        { skip: 3, data: Buffer.from('ab') },
        { skip: 2, data: Buffer.from('c') },
      ]),
      sparseChunk('t.ibd', 8, [{ skip: 4, data: Buffer.alloc(0) }]),
      endChunk('t.ibd'),
    ]);
    const files = await unpack([stream]);
    expect(files.get('empty.MYD')).toEqual(Buffer.alloc(0));
    expect(files.get('t.ibd')).toEqual(Buffer.from('\0\0\0ab\0\0c\0\0\0\0'));
  });

  it('accepts no stream that was cut, wherever', async () => {
    const whole = Buffer.concat(mixed);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (bytes) => {
        await expect(unpack([whole.subarray(0, bytes)])).rejects.toMatchObject({ name: 'StreamDamaged' });
      }),
      { numRuns: 100 },
    );
    // Between two chunks, where mbstream itself sees nothing wrong.
    for (let chunks = 1; chunks < mixed.length; chunks += 1) {
      await expect(unpack([Buffer.concat(mixed.slice(0, chunks))])).rejects.toThrow(
        'the stream ends before the end of',
      );
    }
  });

  it('accepts no stream with a flipped bit, but for the flags that nobody reads', async () => {
    const whole = Buffer.concat(fileChunks('shop/orders.ibd', orders));
    const flags = new Set<number>();
    for (let at = whole.indexOf('XBSTCK01'); at >= 0; at = whole.indexOf('XBSTCK01', at + 1))
      flags.add(at + 8);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        fc.pre(!flags.has(at));
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
        await expect(unpack([flipped])).rejects.toThrow(/stream|chunk|path|goes on|twice/);
      }),
      { numRuns: 200 },
    );
  });

  it('says where the damage is', async () => {
    const stream = Buffer.concat(mixed);
    stream.writeUInt8(0, stream.length - endChunk('./shop/orders.ibd').length - 1);
    await expect(unpack([stream])).rejects.toThrow(
      /^invalid checksum of the chunk at offset \d+, file .*orders\.ibd$/,
    );
  });

  it.each(['../outside', 'a/../../outside', '/tmp/holdfast-outside', 'a\u0000b', '-C', './../outside'])(
    'writes nothing for the path %j',
    async (path) => {
      await expect(unpack([Buffer.concat(fileChunks(path, orders))])).rejects.toMatchObject({
        reason: 'refused-name',
      });
      expect(await readdir(root)).toEqual([`case-${attempt}`]);
      expect(await readdir(join(root, `case-${attempt}`))).toEqual([]);
      await expect(stat('/tmp/holdfast-outside')).rejects.toThrow('ENOENT');
    },
  );

  it('refuses a file that comes twice, and a file that is a folder', async () => {
    const twice = Buffer.concat([...fileChunks('a', orders), ...fileChunks('a', orders)]);
    await expect(unpack([twice])).rejects.toMatchObject({ name: 'StreamDamaged' });
    const both = Buffer.concat([...fileChunks('a', orders), ...fileChunks('a/b', orders)]);
    await expect(unpack([both])).rejects.toMatchObject({ name: 'StreamDamaged' });
  });

  it('stops at the space limit, holes included, and at too many files', async () => {
    const large = Buffer.concat(fileChunks('large', Buffer.alloc(10_000), 1_000));
    await expect(unpack([large], { limitBytes: 5_000 })).rejects.toMatchObject({ name: 'SpaceExhausted' });
    expect((await stat(join(root, `case-${attempt}`, 'large'))).size).toBeLessThanOrEqual(5_000);
    const hole = sparseChunk('hole', 0, [{ skip: 4_000_000_000, data: Buffer.from('x') }]);
    await expect(unpack([hole], { limitBytes: 1_000_000 })).rejects.toMatchObject({ name: 'SpaceExhausted' });
    const files = Array.from({ length: 1_001 }, (_none, index) => endChunk(`f${index}`));
    await expect(unpack([Buffer.concat(files)], { pieceBytes: 4_096 })).rejects.toMatchObject({
      reason: 'too-many-objects',
    });
    const open = Array.from({ length: 300 }, (_none, index) => dataChunk(`f${index}`, 0, orders));
    await expect(unpack([Buffer.concat(open)], { pieceBytes: 4_096 })).rejects.toMatchObject({
      reason: 'too-many-objects',
    });
  });

  it('refuses impossible lengths without asking for the memory', async () => {
    const stream = Buffer.concat(mixed);
    const path = Buffer.from(stream);
    path.writeUInt32LE(0xffff_ffff, 10);
    await expect(unpack([path])).rejects.toThrow('has a path of 4294967295 bytes');
    const map = sparseChunk('t', 0, [{ skip: 0, data: Buffer.from('x') }]);
    map.writeUInt32LE(0xffff_ffff, 15);
    await expect(unpack([map])).rejects.toThrow('has impossible numbers');
    await expect(unpack([Buffer.from('<html>no stream at all</html>')])).rejects.toThrow(
      'no chunk begins at offset 0',
    );
  });
});
