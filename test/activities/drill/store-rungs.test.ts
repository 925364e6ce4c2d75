import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checksums } from '../../../src/activities/drill/rungs/checksums.js';
import { inventory } from '../../../src/activities/drill/rungs/inventory.js';
import { unpack } from '../../../src/activities/drill/rungs/unpack.js';
import { folderBytes } from '../../../src/activities/drill/space-budget.js';
import { waitUntil } from '../../../dev/processes/readiness.js';
import type { RungFinding } from '../../../src/domain/drill/rung.js';
import type { ObjectStore } from '../../../src/storage/object-store.js';
import { fileChunks } from '../../database/encode-stream.js';
import { startDrillBucket, type DrillBucket } from '../../storage/drill-bucket.js';
import { zstdFile } from './zstd-content.js';
import { startSession, trio, withManifest, type SessionOptions, type TestSession } from './drill-world.js';

const run = promisify(execFile);
let world: DrillBucket;
let reader: ObjectStore;
const sessions: TestSession[] = [];
let backups = 0;

beforeAll(async () => {
  world = await startDrillBucket();
  reader = world.open(world.reader());
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.remove();
});
afterAll(() => world?.stop());

const files = {
  ibdata1: randomBytes(300_000),
  'shop/orders.ibd': randomBytes(200_000),
  'shop/db.opt': 'default-character-set=utf8mb4\n',
  'backup-my.cnf': '[mysqld]\n',
  ...trio,
};

async function upload(objects: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const id = `b${(backups += 1)}`;
  for (const [name, content] of Object.entries(objects)) await world.put(`${id}/${name}`, content);
  return id;
}

async function session(id: string, options: Partial<SessionOptions> = {}): Promise<TestSession> {
  const started = await startSession({ store: reader, location: world.reader(), id, ...options });
  sessions.push(started);
  return started;
}

async function inventoried(id: string, options: Partial<SessionOptions> = {}): Promise<TestSession> {
  const begun = await session(id, options);
  return begun.learn(await inventory(begun));
}

describe('rungs before the tools, with credentials that only read', () => {
  it('pass a healthy backup, and put it where tools find it', async () => {
    const id = await upload(withManifest({ ...files, 'baseline.json': '{}' }));
    const begun = await session(id);
    const listed = await inventory(begun);
    expect(listed).toMatchObject({
      outcome: 'passed',
      facts: { objects: 9, layout: 'directory', compression: 'none' },
    });
    const known = begun.learn(listed);
    expect(await checksums(known)).toMatchObject({ outcome: 'passed', facts: { manifest: 'verified' } });
    expect(await unpack(known)).toMatchObject({ outcome: 'passed' });
    expect(
      (await readFile(join(known.folder.backup, 'shop/orders.ibd'))).equals(files['shop/orders.ibd']),
    ).toBe(true);
    expect(await known.everything()).not.toContain('work/objects/manifest.sha256');
    expect(await known.everything()).toContain('work/run/baseline.json');
  });

  it('fail what differs from the manifest, and name it', async () => {
    const id = await upload(withManifest(files));
    const changed = Buffer.from(files['shop/orders.ibd']);
    changed.writeUInt8(changed.readUInt8(77_777) ^ 1, 77_777);
    await world.put(`${id}/shop/orders.ibd`, changed);
    const found = await checksums(await inventoried(id));
    expect(found).toMatchObject({
      outcome: 'failed',
      cause: 'checksum-mismatch',
      facts: { manifest: 'absent' },
    });
    expect(found.evidence).toMatchObject([{ source: 'shop/orders.ibd' }]);
    expect(found.evidence[0]?.text).toMatch(/^sha256 is [0-9a-f]{64}, the manifest says [0-9a-f]{64}$/);
  });

  it('fail what the manifest lists and the bucket has not', async () => {
    const { 'shop/orders.ibd': _gone, ...rest } = withManifest(files);
    const found = await checksums(await inventoried(await upload(rest)));
    expect(found).toMatchObject({
      outcome: 'failed',
      cause: 'missing-object',
      evidence: [{ source: 'shop/orders.ibd' }],
    });
  });

  it.each([
    ['an object that is not listed', { 'shop/extra.ibd': 'x' }, 'shop/extra.ibd'],
    ['a manifest that was cut', { 'manifest.sha256': 'ab'.repeat(30) }, 'manifest.sha256'],
    ['a manifest that is empty', { 'manifest.sha256': '' }, 'manifest.sha256'],
  ])('cannot tell with %s', async (_what, changes, source) => {
    const id = await upload({ ...withManifest(files), ...changes });
    const found = await checksums(await inventoried(id));
    expect(found).toMatchObject({ outcome: 'inconclusive', cause: 'unproven-bytes' });
    expect(found.evidence[0]?.source).toBe(source);
  });

  it('pass what has no manifest, and say that nothing is proven', async () => {
    const found = await checksums(await inventoried(await upload(files)));
    expect(found).toMatchObject({
      outcome: 'passed',
      facts: { manifest: 'absent' },
      warnings: [{ text: 'there is no manifest.sha256' }],
    });
  });

  it('go on where a killed store left the download', { timeout: 240_000 }, async () => {
    const large = { ...files, 'shop/large.ibd': randomBytes(24 * 1024 * 1024) };
    const id = await upload(withManifest(large));
    let killed = false;
    const broken = await inventoried(id, {
      progress: ({ doneBytes = 0 }) => {
        if (killed || doneBytes < 6 * 1024 * 1024) return;
        killed = true;
        world.group.kill(world.server.name, 'SIGKILL');
      },
    });
    await expect(checksums(broken)).rejects.toMatchObject({ name: 'StoreFailure', retryable: true });
    const leftBytes = await folderBytes(broken.folder.objects);
    expect(leftBytes).toBeGreaterThan(6 * 1024 * 1024);
    await world.group.restart(world.server.name);
    const starts: number[] = [];
    const watched: ObjectStore = {
      ...storeMethods(reader),
      read: (key, options) => {
        if (key.endsWith('large.ibd')) starts.push(options?.fromByte ?? 0);
        return reader.read(key, options);
      },
    };
    let found: RungFinding | undefined;
    // Repeated as the activity is: a store that has just started says 500 for a while.
    const attempt = async () => (found = await checksums({ ...broken, store: watched })) !== undefined;
    await waitUntil({ what: 'the store is back', attempt, timeoutMs: 60_000, intervalMs: 500 });
    expect(found).toMatchObject({ outcome: 'passed', facts: { manifest: 'verified' } });
    expect(starts[0]).toBeGreaterThan(0);
    expect(
      (await readFile(join(broken.folder.objects, 'shop/large.ibd'))).equals(large['shop/large.ibd']),
    ).toBe(true);
  });

  it('read again what a crashed host left damaged, instead of calling the backup bad', async () => {
    const id = await upload(withManifest(files));
    const first = await inventoried(id);
    await checksums(first);
    await writeFile(join(first.folder.objects, 'shop/orders.ibd'), Buffer.alloc(200_000));
    const found = await checksums(first);
    expect(found).toMatchObject({ outcome: 'passed', warnings: [{ source: 'shop/orders.ibd' }] });
    expect(
      (await readFile(join(first.folder.objects, 'shop/orders.ibd'))).equals(files['shop/orders.ibd']),
    ).toBe(true);
  });

  it('cannot tell when the backup is replaced or removed under their hands', async () => {
    const id = await upload(withManifest(files));
    const begun = await inventoried(id);
    await world.put(`${id}/ibdata1`, randomBytes(300_000));
    expect(await checksums(begun)).toMatchObject({ outcome: 'inconclusive', cause: 'backup-changed' });
    await world.server.admin.deleteObject({ bucket: world.bucket, key: `${id}/ibdata1` });
    expect(await checksums(begun)).toMatchObject({ outcome: 'inconclusive', cause: 'backup-changed' });
  });

  it('cannot tell without space, and stay within their limit', async () => {
    const id = await upload(withManifest(files));
    const begun = await inventoried(id, { plan: { limits: { workBytes: 250_000 } } });
    const found = await checksums(begun);
    expect(found).toMatchObject({ outcome: 'inconclusive', cause: 'disk-space' });
    expect(await folderBytes(begun.folder.root)).toBeLessThanOrEqual(250_000);
  });

  it('cannot tell where they are not let in', async () => {
    const refused = world.open(world.location({ bucket: 'no-such-bucket' }));
    expect(await inventory(await session('b1', { store: refused }))).toMatchObject({
      outcome: 'inconclusive',
      cause: 'store-refused',
    });
  });

  it('unpack zstd files, each in its place', async () => {
    const compressed: Record<string, Buffer | string> = {
      xtrabackup_checkpoints: trio.xtrabackup_checkpoints,
    };
    for (const [name, content] of Object.entries(files)) {
      if (name !== 'xtrabackup_checkpoints') compressed[`${name}.zst`] = await zstdFile(content);
    }
    const begun = await inventoried(await upload(withManifest(compressed)), {
      plan: { compression: 'zstd' },
    });
    expect(begun.facts.compression).toBe('zstd');
    expect(await checksums(begun)).toMatchObject({ outcome: 'passed' });
    expect(await unpack(begun)).toMatchObject({ outcome: 'passed' });
    // As after a run that died: what it left is no obstacle.
    expect(await unpack(begun)).toMatchObject({ outcome: 'passed' });
    for (const [name, content] of Object.entries(files)) {
      expect((await readFile(join(begun.folder.backup, name))).equals(Buffer.from(content))).toBe(true);
    }
  });

  it('take no second copy of files that lie plain in the bucket', async () => {
    const limitBytes = 600_000;
    const begun = await inventoried(await upload(withManifest(files)), {
      plan: { limits: { workBytes: limitBytes } },
    });
    await checksums(begun);
    expect(await unpack(begun)).toMatchObject({ outcome: 'passed' });
    expect(await folderBytes(begun.folder.backup)).toBeGreaterThan(limitBytes / 2);
    expect(await folderBytes(begun.folder.root)).toBeLessThanOrEqual(limitBytes);
    const [first, second] = await Promise.all(
      [begun.folder.objects, begun.folder.backup].map((folder) => stat(join(folder, 'ibdata1'))),
    );
    expect(second?.ino).toBe(first?.ino);
  });

  it('fail a compressed file that was cut', async () => {
    const whole = await zstdFile(files.ibdata1);
    const objects = { ...files, 'shop/cut.ibd.zst': whole.subarray(0, whole.length - 100) };
    const begun = await inventoried(await upload(withManifest(objects)), { plan: { compression: 'zstd' } });
    await checksums(begun);
    const found = await unpack(begun);
    expect(found).toMatchObject({ outcome: 'failed', cause: 'decompression' });
    expect(found.summary).toContain('shop/cut.ibd.zst');
  });

  it('stop a file that expands without end, and its program with it', async () => {
    const bomb = await zstdFile(Buffer.alloc(400 * 1024 * 1024));
    const limitBytes = 20 * 1024 * 1024;
    const begun = await inventoried(await upload(withManifest({ ...files, 'shop/bomb.ibd.zst': bomb })), {
      plan: { compression: 'zstd', limits: { workBytes: limitBytes } },
    });
    await checksums(begun);
    expect(await unpack(begun)).toMatchObject({ outcome: 'inconclusive', cause: 'disk-space' });
    expect(await folderBytes(begun.folder.root)).toBeLessThanOrEqual(limitBytes);
    const { stdout } = await run('ps', ['-eo', 'args=']);
    expect(stdout).not.toContain(begun.folder.root);
  });

  it('cannot tell where zstd is not on the PATH', async () => {
    const objects = { ...files, 'shop/a.ibd.zst': await zstdFile('content') };
    const begun = await inventoried(await upload(withManifest(objects)), { plan: { compression: 'zstd' } });
    await checksums(begun);
    const path = process.env.PATH;
    process.env.PATH = begun.folder.root;
    try {
      expect(await unpack(begun)).toMatchObject({ outcome: 'inconclusive', cause: 'tool-missing' });
    } finally {
      process.env.PATH = path;
    }
  });

  it('write nothing outside of the work folder for a stream that asks for it', async () => {
    const stream = Buffer.concat([
      ...fileChunks('ibdata1', Buffer.from('x')),
      ...fileChunks('../../escaped', Buffer.from('x')),
    ]);
    const id = await upload(withManifest({ 'backup.mbstream': stream, ...trio }));
    const begun = await inventoried(id, { plan: { layout: 'stream' } });
    expect(await checksums(begun)).toMatchObject({ outcome: 'passed' });
    const found = await unpack(begun);
    expect(found).toMatchObject({ outcome: 'inconclusive', cause: 'refused-name' });
    expect((await begun.everything()).filter((path) => path.includes('escaped'))).toEqual([]);
  });

  it('end at once when they are told to', async () => {
    const abort = new AbortController();
    const id = await upload(withManifest(files));
    const begun = await inventoried(id, {
      signal: abort.signal,
      progress: () => abort.abort(new Error('canceled')),
    });
    await expect(checksums(begun)).rejects.toThrow('canceled');
  });
});

function storeMethods(store: ObjectStore): ObjectStore {
  return {
    list: (...args) => store.list(...args),
    folders: (...args) => store.folders(...args),
    read: (...args) => store.read(...args),
    readText: (...args) => store.readText(...args),
    writeText: (...args) => store.writeText(...args),
    close: () => store.close(),
  };
}
