import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveBinlogs, type BinlogArchive } from '../backup-producer/archive-binlogs.js';
import { measureBaseline } from '../backup-producer/measure-baseline.js';
import {
  startBackupProducer,
  type BackupProducer,
  type TakenBackup,
} from '../backup-producer/start-backup-producer.js';
import { startWriteLoad } from '../backup-producer/write-load.js';
import type { Progress } from '../binaries/binary-sources.js';
import { mariadbTools } from '../binaries/mariadb-tools.js';
import { clientArgs, startMariadb, type MariadbServer } from '../mariadb/start-mariadb.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { waitUntil } from '../processes/readiness.js';
import { pageBytes, rowPages } from './innodb-pages.js';
import type { SeededRandom } from '../seeded-random.js';

type FolderBackup = Pick<TakenBackup, 'id' | 'folder' | 'streamFile' | 'baseline'>;

/** The real backups that the cases are made from. */
export interface CorpusSources {
  /** Under write load, before `loaded`, of the same server. */
  older: TakenBackup;
  /** Under write load, as a stream; binlogs follow it. */
  loaded: TakenBackup;
  /** Under write load and while tables were created, altered, renamed, emptied and dropped. */
  ddl: TakenBackup;
  /** Nobody wrote. */
  quiet: TakenBackup;
  /** Of an 11.4 server by the tool of 10.11, which does not refuse. */
  'newer-server': FolderBackup;
  /** Of a server with a damaged page, with `--log-innodb-page-corruption`: exit code 0 and "completed OK!". */
  'corrupt-source': FolderBackup;
  /** From the end of `loaded` on. */
  binlogs: BinlogArchive;
}

/** Takes them all; the servers end with the group. */
export async function takeCorpusSources(
  group: ProcessGroup,
  { random, progress }: { random: SeededRandom; progress: Progress },
): Promise<CorpusSources> {
  // Beside the rest: the newer server takes longest to come up.
  const newerServer = backupOfNewerServer(group);
  newerServer.catch(() => undefined); // reported where it is awaited
  const producer = await startBackupProducer(group, { progress });
  progress('taking backups under write load');
  const load = await startWriteLoad(group, producer.server);
  const older = await producer.takeBackup({ output: 'directory' });
  await checkpoint(producer.server);
  const loaded = await producer.takeBackup({ output: 'stream' });
  // After the one that is damaged: a rebuilt table is `<name>.new` in every backup until the next checkpoint.
  const ddl = await producer.takeBackup({ output: 'stream', during: () => changeTables(producer) });
  const binlogs = await archiveSeveral(producer, loaded);
  await load.stop();
  const quiet = await producer.takeBackup({ output: 'directory' });
  progress('taking backups of a damaged and of a newer server');
  const corrupt = await backupOfCorruptServer({ group, producer, random, like: quiet });
  return {
    older,
    loaded,
    ddl,
    quiet,
    binlogs,
    'corrupt-source': corrupt,
    'newer-server': await newerServer,
  };
}

/** Without one the redo log of the next backup would repair what is brought from this one: then that is no damage. */
async function checkpoint(server: MariadbServer): Promise<void> {
  const lsn = async (which: string) =>
    Number((await server.sql(`SHOW GLOBAL STATUS LIKE 'Innodb_lsn_${which}'`)).split('\t')[1]);
  const now = await lsn('current');
  await server.sql(
    'SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0; SET GLOBAL innodb_max_dirty_pages_pct = 0',
  );
  await waitUntil({
    what: `no checkpoint behind LSN ${now}`,
    timeoutMs: 60_000,
    attempt: async () => (await lsn('last_checkpoint')) > now,
  });
  await server.sql('SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT');
}

async function changeTables({ server }: BackupProducer): Promise<void> {
  await server.sql(`USE shop;
CREATE TABLE made_meanwhile (id INT PRIMARY KEY, text VARCHAR(40));
INSERT INTO made_meanwhile SELECT seq, CONCAT('text ', seq) FROM seq_1_to_500;
ALTER TABLE crm.contacts ADD COLUMN phone VARCHAR(20) DEFAULT 'none';
CREATE TABLE short_lived (id INT PRIMARY KEY); INSERT INTO short_lived VALUES (1); DROP TABLE short_lived;
CREATE TABLE before_rename (id INT PRIMARY KEY); INSERT INTO before_rename VALUES (1), (2);
RENAME TABLE before_rename TO after_rename;
TRUNCATE TABLE nothing_here; INSERT INTO nothing_here VALUES (1, 'now');
ALTER TABLE payments ADD PARTITION PARTITIONS 1;
ALTER TABLE orders_archive FORCE`);
}

/** Four files: the first one ends soon after the backup. */
async function archiveSeveral(producer: BackupProducer, backup: TakenBackup): Promise<BinlogArchive> {
  for (let files = 1; files < 4; files++) {
    await producer.server.sql(
      `INSERT INTO crm.contacts (mail) VALUES ('after-${files}@example.com'); FLUSH BINARY LOGS;
       INSERT INTO crm.contacts (mail) VALUES ('later-${files}@example.com')`,
    );
  }
  return archiveBinlogs(producer, backup);
}

async function backupOfNewerServer(group: ProcessGroup): Promise<FolderBackup> {
  const server = await startMariadb(group, { name: 'newer', version: '11.4' });
  await server.sql(`CREATE DATABASE shop; USE shop; CREATE TABLE canary (id INT PRIMARY KEY, token INT);
    INSERT INTO canary SELECT seq, seq FROM seq_1_to_100`);
  const folder = join(group.folder, 'backups', 'newer-server');
  const { binDir } = await mariadbTools();
  await group.run({
    name: 'backup-newer-server',
    command: join(binDir, 'mariadb-backup'),
    args: [...clientArgs(server), '--backup', `--datadir=${server.datadir}`, `--target-dir=${folder}`],
  });
  const canary = {
    schema: 'shop',
    table: 'canary',
    query: 'SELECT token FROM shop.canary WHERE id = 7',
    expected: '7',
  };
  const gtid = await server.sql('SELECT @@gtid_binlog_pos');
  const baseline = await measureBaseline(server, { gtid, canary });
  await server.shutdown();
  return { id: '20260101T000000Z', folder, streamFile: undefined, baseline };
}

async function backupOfCorruptServer({
  group,
  producer,
  random,
  like,
}: {
  group: ProcessGroup;
  producer: BackupProducer;
  random: SeededRandom;
  like: TakenBackup;
}): Promise<FolderBackup> {
  await producer.server.shutdown();
  const datadir = join(group.folder, 'corrupt-data');
  await cp(producer.server.datadir, datadir, { recursive: true });
  const file = join(datadir, 'shop', 'orders.ibd');
  const content = await readFile(file);
  const start = random.pick(rowPages(content)) * pageBytes;
  content.fill(0x5a, start + 200, start + 900);
  await writeFile(file, content);
  const server = await startMariadb(group, { name: 'corrupt', datadir });
  const folder = join(group.folder, 'backups', 'corrupt-source');
  await group.run({
    name: 'backup-corrupt-source',
    command: join(server.tools.binDir, 'mariadb-backup'),
    args: [
      ...clientArgs(server),
      '--backup',
      '--log-innodb-page-corruption',
      `--datadir=${datadir}`,
      `--target-dir=${folder}`,
    ],
  });
  await server.shutdown();
  return { id: '20260102T000000Z', folder, streamFile: undefined, baseline: like.baseline };
}
