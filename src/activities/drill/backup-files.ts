import { lstat, open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isSystemError } from '../../database/process-identity.js';
import { MAX_METADATA_BYTES } from '../../domain/drill/option-lines.js';

export interface BackupFile {
  /** Below the folder. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'other';
}

/** Everything below `root`, links not followed; sorted by path. */
export async function listFiles(root: string): Promise<BackupFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => ({
      path: relative(root, join(entry.parentPath, entry.name)),
      kind: entry.isFile()
        ? ('file' as const)
        : entry.isDirectory()
          ? ('folder' as const)
          : ('other' as const),
    }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Tablespaces, also those that `--prepare` will give their name: `.new` are of tables made during the backup. */
export function isTablespace(path: string): boolean {
  return /[/\\][^/\\]+\.(ibd|new)$/.test(path);
}

/** The first of `names` that is there, whole; `undefined` where none is. Names of newer versions come first. */
export async function readFirst(
  folder: string,
  names: readonly string[],
): Promise<{ name: string; text: string } | undefined> {
  for (const name of names) {
    const text = await readMetadata(join(folder, name));
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

/** At most MAX_METADATA_BYTES of a file, no link; `undefined` where there is none. */
async function readMetadata(path: string): Promise<string | undefined> {
  try {
    if (!(await lstat(path)).isFile()) return undefined;
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
  return (await readStart(path, MAX_METADATA_BYTES + 1)).toString('utf8');
}

/** The first `length` bytes, or as many as there are. */
export async function readStart(path: string, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return false;
    throw failure;
  }
}
