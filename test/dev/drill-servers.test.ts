import { execa } from 'execa';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mariadbTools, type MariadbTools } from '../../dev/binaries/mariadb-tools.js';
import { clientArgs, startMariadb } from '../../dev/mariadb/start-mariadb.js';
import { createS3Client, S3Failure } from '../../dev/object-store/s3-client.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startDrillServers, type DrillServers } from '../../dev/stack/drill-servers.js';

let group: ProcessGroup;
let servers: DrillServers;
let tools: MariadbTools;

beforeAll(async () => {
  group = await createProcessGroup();
  tools = await mariadbTools();
  servers = await startDrillServers(group, { progress: () => undefined });
});

afterAll(() => group.stop());

/** By the name alone, as the product runs it. */
const plain = (name: string, args: readonly string[]) => execa(name, args, { env: tools.env, all: true });

test('every tool of a drill runs by its plain name', async () => {
  const names = ['mariadbd', 'mariadb', 'mariadb-backup', 'innochecksum', 'mariadb-binlog', 'mariadb-check'];
  for (const name of names) {
    const { all } = await plain(name, ['--version']);
    expect(all).toMatch(/10\.11\.|Ver 3\.5/);
  }
  expect((await plain('zstd', ['--version'])).all).toContain('Zstandard');
  expect((await plain('mbstream', ['--help'])).all).toContain('extract');
  expect(await readdir(tools.binDir)).toContain('mariadb-install-db');
});

test("a caller's own options win over those that make the tools run unpacked", async () => {
  const { stdout } = await plain('mariadbd', ['--no-defaults', '--plugin-dir=/mine', '--verbose', '--help']);
  expect(stdout).toMatch(/^plugin-dir +\/mine/m);
  expect(stdout).toMatch(/^basedir +\/.*\/root\/usr\/?$/m);
});

test('the object store keeps what the admin puts, for keys of every kind, and across a restart', async () => {
  const { admin, name } = servers.store;
  const at = (key: string) => ({ bucket: 'backups', key });
  const keys = ["a/@1Obersicht@0020'(1)+x.ibd", 'a/ü b&c.frm', 'a/payments#P#p0.ibd'];
  for (const key of keys) await admin.putObject(at(key), `content of ${key}`);
  expect((await admin.listKeys({ bucket: 'backups', prefix: 'a/' })).sort()).toEqual([...keys].sort());
  await group.restart(name);
  for (const key of keys) expect((await admin.getObject(at(key))).toString()).toBe(`content of ${key}`);
  await admin.deleteObject(at(keys[0] ?? ''));
  expect(await admin.listKeys({ bucket: 'backups', prefix: 'a/@' })).toEqual([]);
});

test("the reader's identity reads and lists, and writes nothing", async () => {
  const { admin, readOnly } = servers.store;
  await admin.putObject({ bucket: 'backups', key: 'b/one' }, 'one');
  const reader = createS3Client(readOnly);
  expect(await reader.listKeys({ bucket: 'backups', prefix: 'b/' })).toEqual(['b/one']);
  expect((await reader.getObject({ bucket: 'backups', key: 'b/one' })).toString()).toBe('one');
  const refusal = await reader.putObject({ bucket: 'backups', key: 'b/two' }, 'two').catch((e: unknown) => e);
  expect(refusal).toBeInstanceOf(S3Failure);
  expect(refusal).toMatchObject({ status: 403 });
});

test('MariaDB counts transactions in GTIDs, and comes back with its data', async () => {
  const { database } = servers;
  await database.sql(
    'CREATE DATABASE kept; CREATE TABLE kept.t (id INT PRIMARY KEY); INSERT INTO kept.t VALUES (7)',
  );
  expect(await database.sql('SELECT @@gtid_binlog_pos, @@binlog_format')).toMatch(/^0-1-\d+\tROW$/);
  await database.shutdown();
  const again = await startMariadb(group, { name: database.name, datadir: database.datadir });
  expect(await again.sql('SELECT id FROM kept.t')).toBe('7');
});

test('a newer MariaDB runs beside it and listens where it is told to', async () => {
  const newer = await startMariadb(group, { name: 'newer', version: '11.4', network: 'loopback' });
  expect(await newer.sql('SELECT VERSION()')).toMatch(/^11\.4\./);
  const overTcp = ['--no-defaults', '--user=root', '--host=127.0.0.1', `--port=${newer.port}`];
  const { stdout } = await plain('mariadb', [...overTcp, '-BNe', 'SELECT 2']);
  expect(stdout).toBe('2');
  expect(clientArgs(newer)).toContain(`--socket=${newer.socket}`);
});

test('a group that ends leaves neither server nor data behind', async () => {
  const own = await createProcessGroup();
  const server = await startMariadb(own, {});
  const pid = own.pid(server.name);
  await own.stop();
  await expect(access(join(own.folder, 'mariadb-data'))).rejects.toThrow('ENOENT');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
