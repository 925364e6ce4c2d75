import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveBinlogs, type BinlogArchive } from '../../dev/backup-producer/archive-binlogs.js';
import { measureBaseline } from '../../dev/backup-producer/measure-baseline.js';
import {
  metadataTrio,
  packBackup,
  type BackupCompression,
  type BackupLayout,
  type BackupObjects,
} from '../../dev/backup-producer/pack-backup.js';
import { uploadObjects, withManifest } from '../../dev/backup-producer/publish-backup.js';
import {
  startBackupProducer,
  type BackupProducer,
  type TakenBackup,
} from '../../dev/backup-producer/start-backup-producer.js';
import { startWriteLoad } from '../../dev/backup-producer/write-load.js';
import { mariadbTools, type MariadbTools } from '../../dev/binaries/mariadb-tools.js';
import { clientArgs, startMariadb, type MariadbServer } from '../../dev/mariadb/start-mariadb.js';
import { startObjectStore, type ObjectStore } from '../../dev/object-store/start-object-store.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';

let group: ProcessGroup;
let tools: MariadbTools;
let store: ObjectStore;
let producer: BackupProducer;
/** As a directory, then as a stream; both under write load, which went on between them. */
let first: TakenBackup;
let second: TakenBackup;
let binlogs: BinlogArchive;

beforeAll(async () => {
  group = await createProcessGroup();
  tools = await mariadbTools();
  store = await startObjectStore(group, { buckets: ['backups'] });
  producer = await startBackupProducer(group);
  const load = await startWriteLoad(group, producer.server);
  first = await producer.takeBackup({ output: 'directory' });
  second = await producer.takeBackup({ output: 'stream' });
  await load.stop();
  binlogs = await archiveBinlogs(producer, second);
});

afterAll(() => group.stop());

const run = (program: string, args: readonly string[], cwd?: string) =>
  execa(join(tools.binDir, program), args, { ...(cwd !== undefined && { cwd }) });

/** Uploads, downloads again as a drill would, and leaves the files as the tool wrote them; by hand. */
async function throughTheStore(
  backup: TakenBackup,
  how: { layout: BackupLayout; compression: BackupCompression },
): Promise<string> {
  const name = `${how.layout}-${how.compression}`;
  const objects = withManifest(await packBackup({ group, tools }, { ...backup, ...how }), backup.baseline);
  const place = { bucket: 'backups', prefix: `${name}/${backup.id}/` };
  await uploadObjects(store.admin, place, objects);
  const keys = await store.admin.listKeys(place);
  expect(keys.map((key) => key.slice(place.prefix.length)).sort()).toEqual([...objects.keys()].sort());
  const downloaded = join(group.folder, name);
  for (const key of keys) {
    const file = join(downloaded, key.slice(place.prefix.length));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await store.admin.getObject({ bucket: 'backups', key }));
  }
  const coreutils = 'sha256sum'; // its format is what the manifest promises
  await execa(coreutils, ['--check', '--quiet', 'manifest.sha256'], { cwd: downloaded });
  return unpack(downloaded, { ...how, objects });
}

async function unpack(
  downloaded: string,
  {
    layout,
    compression,
    objects,
  }: { layout: BackupLayout; compression: BackupCompression; objects: BackupObjects },
): Promise<string> {
  if (layout === 'stream' && compression === 'zstd') {
    await run('zstd', ['-q', '-d', 'backup.mbstream.zst'], downloaded);
  }
  const files = layout === 'directory' ? downloaded : join(downloaded, 'unpacked');
  if (layout !== 'directory') {
    await mkdir(files);
    const names = layout === 'stream' ? ['backup.mbstream'] : chunkNames(objects);
    // cat, because a shell's line has a limit that the names of all chunks exceed.
    await execa('xargs', ['-0', 'cat'], {
      cwd: downloaded,
      input: names.join('\0'),
      encoding: 'buffer',
    }).pipe(join(tools.binDir, 'mbstream'), ['-x', '-C', files]);
  }
  const compressed = (await readdir(files, { recursive: true })).filter((name) => name.endsWith('.zst'));
  if (layout !== 'stream' && compressed.length > 0)
    await run('zstd', ['-q', '-d', '--rm', ...compressed], files);
  return files;
}

function chunkNames(objects: BackupObjects): string[] {
  return [...objects.keys()].filter((key) => /\.\d{20}$/.test(key)).sort();
}

/** prepare and copy-back with bare tools, then a server on the copy. */
async function restore(files: string, name: string): Promise<MariadbServer> {
  const { all } = await execa(
    join(tools.binDir, 'mariadb-backup'),
    ['--no-defaults', '--prepare', `--target-dir=${files}`],
    { all: true },
  );
  expect(all).toMatch(/completed OK!$/);
  const datadir = join(group.folder, `${name}-restored`);
  await run('mariadb-backup', [
    '--no-defaults',
    '--copy-back',
    `--target-dir=${files}`,
    `--datadir=${datadir}`,
  ]);
  return startMariadb(group, { name: `${name}-restored`, datadir, binlog: false });
}

async function expectBaseline(
  server: MariadbServer,
  { baseline }: Pick<TakenBackup, 'baseline'>,
): Promise<void> {
  const { takenAt, sizeBytes, ...expected } = baseline;
  expect(Date.parse(takenAt)).toBeGreaterThan(0);
  expect(sizeBytes).toBeGreaterThan(1_000_000);
  const { serverVersion } = baseline;
  const measured = await measureBaseline(server, baseline);
  expect({ ...measured, serverVersion }).toMatchObject(expected);
  expect(await server.sql(baseline.canary.query)).toBe(baseline.canary.expected);
}

describe('a backup taken under write load', () => {
  test('ends in the middle of the writes, and its baseline is that of its last transaction', () => {
    const transaction = ({ gtid }: { gtid: string }) => Number(gtid.split('-')[2]);
    expect(transaction(second.baseline)).toBeGreaterThan(transaction(first.baseline) + 10);
    expect(transaction(binlogs.baseline)).toBeGreaterThan(transaction(second.baseline));
    const orders = ({ baseline }: TakenBackup) => baseline.tables.find(({ table }) => table === 'orders');
    expect(orders(second)?.checksum).not.toBe(orders(first)?.checksum);
    expect(second.id > first.id).toBe(true);
    expect(first.id).toMatch(/^\d{8}T\d{6}Z$/);
  });

  test('restored by hand from a directory it holds exactly its baseline', async () => {
    const files = await throughTheStore(first, { layout: 'directory', compression: 'zstd' });
    const server = await restore(files, 'directory');
    await expectBaseline(server, first);
    await server.shutdown();
  });

  test('restored by hand from xbcloud chunks it holds exactly its baseline', async () => {
    const files = await throughTheStore(second, { layout: 'xbcloud', compression: 'none' });
    const server = await restore(files, 'xbcloud');
    await expectBaseline(server, second);
    await server.shutdown();
  });

  test('restored by hand from a stream, its binlogs lead to the state at their end', async () => {
    const files = await throughTheStore(second, { layout: 'stream', compression: 'zstd' });
    const server = await restore(files, 'stream');
    await expectBaseline(server, second);
    const folder = join(group.folder, 'binlogs');
    await mkdir(folder);
    const names = [...binlogs.objects.keys()].filter((name) => name.startsWith('binlog.'));
    for (const name of names) await writeFile(join(folder, name), binlogs.objects.get(name) ?? '');
    await execa(
      join(tools.binDir, 'mariadb-binlog'),
      ['--no-defaults', '--verify-binlog-checksum', `--start-position=${second.end.position}`, ...names],
      { cwd: folder, buffer: { stdout: false } },
    ).pipe(join(tools.binDir, 'mariadb'), [...clientArgs(server), '--binary-mode']);
    await expectBaseline(server, binlogs);
    await server.shutdown();
  });
});

describe('the layout', () => {
  test('names chunks as xbcloud does and keeps the metadata for the end', async () => {
    const packed = await packBackup({ group, tools }, { ...second, layout: 'xbcloud', compression: 'zstd' });
    const keys = [...withManifest(packed, second.baseline).keys()];
    expect(keys).toContain('ibdata1.zst.00000000000000000000');
    expect(keys.slice(-2)).toEqual([
      'xtrabackup_checkpoints.00000000000000000000',
      'xtrabackup_checkpoints.00000000000000000001',
    ]);
  });

  test('has the trio beside a stream, uploaded after the manifest that lists it', async () => {
    const packed = await packBackup({ group, tools }, { ...second, layout: 'stream', compression: 'none' });
    const objects = withManifest(packed, second.baseline);
    expect([...objects.keys()]).toEqual([
      'backup.mbstream',
      'baseline.json',
      'manifest.sha256',
      ...metadataTrio,
    ]);
    const info = createHash('sha256')
      .update(objects.get('xtrabackup_info') ?? '')
      .digest('hex');
    expect(objects.get('manifest.sha256')?.toString()).toContain(`${info}  xtrabackup_info\n`);
  });
});
