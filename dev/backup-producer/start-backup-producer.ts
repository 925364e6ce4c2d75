import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Baseline } from '../../src/domain/drill/baseline.js';
import type { Progress } from '../binaries/binary-sources.js';
import { clientArgs, startMariadb, type MariadbServer } from '../mariadb/start-mariadb.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { measureBaseline } from './measure-baseline.js';
import { startReferenceServer, type BinlogPosition, type ReferenceServer } from './reference-server.js';
import { createSampleDatabase, type SampleSize } from './sample-database.js';

/** A real full backup on disk, before it is packed in a layout. */
export interface TakenBackup {
  /** `YYYYMMDDTHHMMSSZ`, the time of its start. */
  id: string;
  /** The files as mariadb-backup wrote them. */
  folder: string;
  /** The stream as mariadb-backup wrote it, when it was asked for one; `folder` is unpacked from it. */
  streamFile: string | undefined;
  /** Where the backup ends, which is where a replay of binlogs begins. */
  end: BinlogPosition & { gtid: string };
  baseline: Baseline;
}

export interface TakeBackupOptions {
  output: 'directory' | 'stream';
  /** Runs while the backup runs. */
  during?: () => Promise<unknown>;
  /** Added last. */
  extraArgs?: readonly string[];
}

export interface BackupProducer {
  server: MariadbServer;
  reference: ReferenceServer;
  /** Takes a backup and the baseline of exactly its transaction, whatever is written meanwhile. */
  takeBackup(options: TakeBackupOptions): Promise<TakenBackup>;
}

/** Starts a server with the sample database, and beside it the reference that baselines are measured on. */
export async function startBackupProducer(
  group: ProcessGroup,
  options: { size?: SampleSize; progress?: Progress } = {},
): Promise<BackupProducer> {
  const name = 'origin';
  const first = await startMariadb(group, { name, ...(options.progress && { progress: options.progress }) });
  await createSampleDatabase(first, options.size);
  await first.shutdown(); // a cold copy is what the reference begins with
  const server = await startMariadb(group, { name, datadir: first.datadir });
  const [from] = (await server.sql('SHOW MASTER STATUS')).split('\t');
  const reference = await startReferenceServer(group, {
    origin: server.datadir,
    from: { file: from ?? '', position: 4 },
  });
  let lastStartMs = 0;
  return {
    server,
    reference,
    takeBackup: async (how) => {
      lastStartMs = Math.max(Date.now(), lastStartMs + 1_000); // ids are whole seconds
      const id = backupId(lastStartMs);
      return takeBackup({ group, server, reference, id, ...how });
    },
  };
}

function backupId(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

interface TakeBackupInput extends TakeBackupOptions {
  group: ProcessGroup;
  server: MariadbServer;
  reference: ReferenceServer;
  id: string;
}

async function takeBackup(input: TakeBackupInput): Promise<TakenBackup> {
  const { group, server, reference, id } = input;
  const token = randomUUID();
  await server.sql(`INSERT INTO shop.canary VALUES ('${id}', '${token}')`);
  const folder = join(group.folder, 'backups', id);
  await mkdir(folder, { recursive: true });
  const [streamFile] = await Promise.all([runTool(input, folder), input.during?.()]);
  const end = await readEnd(folder);
  await reference.advanceTo(end);
  const query = `SELECT token FROM shop.canary WHERE backup_id = '${id}'`;
  const canary = { schema: 'shop', table: 'canary', query, expected: token };
  const baseline = await measureBaseline(reference.server, { gtid: end.gtid, canary });
  return { id, folder, streamFile, end, baseline };
}

async function runTool(
  { group, server, output, id, extraArgs = [] }: TakeBackupInput,
  folder: string,
): Promise<string | undefined> {
  const args = [...clientArgs(server), '--backup', `--datadir=${server.datadir}`, ...extraArgs];
  const tool = join(server.tools.binDir, 'mariadb-backup');
  if (output === 'directory') {
    args.push(`--target-dir=${folder}`);
    await group.run({ name: `backup-${id}`, command: tool, args });
    return undefined;
  }
  const streamFile = `${folder}.mbstream`;
  args.push('--stream=mbstream', `--target-dir=${group.folder}`);
  await runIntoFile(group, { name: `backup-${id}`, command: tool, args, file: streamFile });
  await group.run({
    name: `unpack-${id}`,
    command: '/bin/sh',
    args: ['-c', 'exec "$0" -x -C "$1" < "$2"', join(server.tools.binDir, 'mbstream'), folder, streamFile],
  });
  return streamFile;
}

/** Standard output into a file; standard error into the group's log. */
export async function runIntoFile(
  group: ProcessGroup,
  {
    name,
    command,
    args,
    file,
    cwd,
  }: { name: string; command: string; args: readonly string[]; file: string; cwd?: string },
): Promise<void> {
  await group.run({
    name,
    command: '/bin/sh',
    args: ['-c', 'file=$1; shift; exec "$0" "$@" > "$file"', command, file, ...args],
    ...(cwd !== undefined && { cwd }),
  });
}

async function readEnd(folder: string): Promise<TakenBackup['end']> {
  const text = await readFile(join(folder, 'xtrabackup_binlog_info'), 'utf8');
  const [file = '', position = '', gtid = ''] = text.trim().split('\t');
  return { file, position: Number(position), gtid };
}
