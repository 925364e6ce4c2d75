import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBackupStream, StreamDamaged, type StreamPart } from '../../database/backup-stream.js';
import { isSystemError } from '../../database/process-identity.js';
import { visible } from '../../domain/drill/finding.js';
import { unsafeName } from '../../domain/drill/object-name.js';
import { Unprovable } from './conclude.js';
import type { SpaceBudget } from './space-budget.js';

/** As many files as the threads of a backup write at once, and more. */
const MAX_OPEN_FILES = 256;

export interface UnpackTarget {
  /** Where the files go; nothing is written outside of it. */
  readonly folder: string;
  readonly budget: SpaceBudget;
  readonly maxFiles: number;
}

export interface StreamUnpacker {
  /** One stream, or the next part of one. @throws StreamDamaged, SpaceExhausted, Unprovable */
  add(source: AsyncIterable<Buffer>): Promise<void>;
  /** @throws StreamDamaged where a file has no end: what wrote the stream was interrupted */
  finish(): Promise<number>;
  /** Closes what is open. */
  close(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  sizeBytes: number;
}

/**
 * Unpacks streams of mariadb-backup and xtrabackup. Our own reader, because `mbstream` writes wherever a path in the
 * stream points to, does not stop at a limit, and is content with a stream that was cut between two chunks.
 */
export function createStreamUnpacker({ folder, budget, maxFiles }: UnpackTarget): StreamUnpacker {
  const files = new Map<string, OpenFile>();
  let finished = 0;

  const openFile = async (path: string): Promise<OpenFile> => {
    const unsafe = unsafeName(path);
    if (unsafe !== undefined) {
      throw new Unprovable('refused-name', `a path in the stream is refused: ${visible(path)} ${unsafe}`);
    }
    if (files.size >= MAX_OPEN_FILES || finished >= maxFiles) {
      throw new Unprovable('too-many-objects', `the stream has too many files: ${path} is one more`);
    }
    const file = { handle: await createFile(folder, path), sizeBytes: 0 };
    files.set(path, file);
    return file;
  };

  const take = async (part: StreamPart): Promise<void> => {
    const path = part.path.replace(/^\.\//, '');
    const file = files.get(path) ?? (await openFile(path));
    if (part.type === 'end') {
      await file.handle.truncate(file.sizeBytes);
      await file.handle.close();
      files.delete(path);
      finished += 1;
      return;
    }
    if (part.offset !== file.sizeBytes) {
      throw new StreamDamaged(`${path} goes on at ${part.offset}, but has ${file.sizeBytes} bytes`);
    }
    const bytes = part.type === 'hole' ? part.sizeBytes : part.bytes.length;
    await budget.take(bytes);
    if (part.type === 'data') await file.handle.write(part.bytes, 0, bytes, part.offset);
    file.sizeBytes += bytes;
  };

  return {
    add: async (source) => {
      for await (const part of readBackupStream(source)) await take(part);
    },
    finish: async () => {
      const [unfinished] = files.keys();
      if (unfinished !== undefined) {
        throw new StreamDamaged(`the stream ends before the end of ${files.size} files: ${unfinished}`);
      }
      return finished;
    },
    close: async () => {
      await Promise.all([...files.values()].map(({ handle }) => handle.close()));
      files.clear();
    },
  };
}

/** A file that is there already came from this stream: nothing else has written to the folder. */
async function createFile(folder: string, path: string): Promise<FileHandle> {
  const file = join(folder, path);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return await open(file, 'wx', 0o600);
  } catch (failure) {
    if (['EEXIST', 'ENOTDIR', 'EISDIR'].some((code) => isSystemError(failure, code))) {
      throw new StreamDamaged(`${path} is in the stream twice`, { cause: failure });
    }
    throw failure;
  }
}
