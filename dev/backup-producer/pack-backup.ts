import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { MariadbTools } from '../binaries/mariadb-tools.js';
import { isSystemError } from '../../src/database/process-identity.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { runIntoFile } from './start-backup-producer.js';
import { xbcloudObjects } from './xbcloud-chunks.js';

export type BackupLayout = 'directory' | 'stream' | 'xbcloud';
export type BackupCompression = 'none' | 'zstd';

/** Objects of one backup by their keys below `<prefix><id>/`, in the order of their upload. */
export type BackupObjects = Map<string, Buffer>;

/** What says that a backup came to its end; in the order of upload, where they are beside the data. */
export const metadataTrio = ['xtrabackup_binlog_info', 'xtrabackup_info', 'xtrabackup_checkpoints'] as const;

export interface PackOptions {
  /** The files of the backup. */
  folder: string;
  /** The tool's own stream of them, used where it fits. */
  streamFile?: string | undefined;
  layout: BackupLayout;
  compression: BackupCompression;
}

/** Lays a backup out as docs/restore-drills-layout.md says, without manifest and baseline. */
export async function packBackup(
  { group, tools }: { group: ProcessGroup; tools: MariadbTools },
  { folder, streamFile, layout, compression }: PackOptions,
): Promise<BackupObjects> {
  const scratch = await mkdtemp(join(group.folder, 'pack-'));
  const packer = { group, tools, scratch };
  try {
    // A compressed stream is the whole stream compressed; elsewhere each file is, as `xtrabackup --compress` does.
    const eachFile = compression === 'zstd' && layout !== 'stream';
    const files = eachFile ? await compressFiles(packer, folder) : folder;
    if (layout === 'directory') return await readTree(files);
    const ready = eachFile ? undefined : streamFile;
    const stream = ready ?? (await streamOf(packer, files));
    if (layout === 'xbcloud') return xbcloudObjects(await readFile(stream));
    return await streamObjects(packer, { stream, folder, compression });
  } finally {
    await rm(scratch, { recursive: true });
  }
}

interface Packer {
  group: ProcessGroup;
  tools: MariadbTools;
  scratch: string;
}

async function streamObjects(
  packer: Packer,
  { stream, folder, compression }: { stream: string; folder: string; compression: BackupCompression },
): Promise<BackupObjects> {
  const trio = await Promise.all(
    metadataTrio.map(async (name) => [name, await readIfThere(join(folder, name))] as const),
  );
  const there = trio.filter(
    (entry): entry is [(typeof metadataTrio)[number], Buffer] => entry[1] !== undefined,
  );
  if (compression === 'none') return new Map([['backup.mbstream', await readFile(stream)], ...there]);
  const compressed = join(packer.scratch, 'compressed');
  await run(packer, { command: 'zstd', args: ['-q', '-1', stream, '-o', compressed] });
  return new Map([['backup.mbstream.zst', await readFile(compressed)], ...there]);
}

async function compressFiles(packer: Packer, folder: string): Promise<string> {
  const copy = join(packer.scratch, 'files');
  await cp(folder, copy, { recursive: true });
  await run(packer, { command: 'zstd', args: ['-q', '-1', '--rm', '-r', copy] });
  const checkpoints = 'xtrabackup_checkpoints';
  if ((await readIfThere(join(folder, checkpoints))) === undefined) return copy;
  await rm(join(copy, `${checkpoints}.zst`));
  await cp(join(folder, checkpoints), join(copy, checkpoints));
  return copy;
}

async function streamOf(packer: Packer, folder: string): Promise<string> {
  const file = join(packer.scratch, 'stream');
  const command = join(packer.tools.binDir, 'mbstream');
  const args = ['-c', ...(await treeFiles(folder))];
  await runIntoFile(packer.group, { name: 'mbstream', command, args, file, cwd: folder });
  return file;
}

async function run(packer: Packer, { command, args }: { command: string; args: string[] }): Promise<void> {
  await packer.group.run({ name: command, command: join(packer.tools.binDir, command), args });
}

async function readTree(folder: string): Promise<BackupObjects> {
  const objects: BackupObjects = new Map();
  for (const path of await treeFiles(folder)) objects.set(path, await readFile(join(folder, path)));
  return objects;
}

/** Relative paths; those at the top come last, as the tool writes them. */
async function treeFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  return [...files.filter((path) => path.includes('/')), ...files.filter((path) => !path.includes('/'))];
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((failure: unknown) => {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  });
}
