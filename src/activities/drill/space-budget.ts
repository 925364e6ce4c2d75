import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** How often the file system itself is asked: others write to it too. */
const ASK_EVERY_BYTES = 32 * 1024 * 1024;
/** What is left to others of a volume, at most. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const STATS_AT_ONCE = 16;

/** The work folder would outgrow its limit, or its volume. Says nothing about the backup. */
export class SpaceExhausted extends Error {
  override readonly name = 'SpaceExhausted';
}

/** What a drill may write, asked before every write. */
export interface SpaceBudget {
  /** @throws SpaceExhausted where the bytes do not fit any more */
  take(bytes: number): Promise<void>;
  /** After something was removed. */
  release(bytes: number): void;
}

/**
 * @param options.root the work folder: what it holds already counts
 * @param options.limitBytes absent: as much as the volume has
 */
export async function createSpaceBudget({
  root,
  limitBytes,
}: {
  readonly root: string;
  readonly limitBytes: number | undefined;
}): Promise<SpaceBudget> {
  let usedBytes = await folderBytes(root);
  let untilAskBytes = 0;
  return {
    take: async (bytes) => {
      usedBytes += bytes;
      if (limitBytes !== undefined && usedBytes > limitBytes) {
        throw new SpaceExhausted(`the work folder would hold ${usedBytes} bytes; its limit is ${limitBytes}`);
      }
      untilAskBytes -= bytes;
      if (untilAskBytes > 0) return;
      untilAskBytes = ASK_EVERY_BYTES;
      await askVolume(root, bytes);
    },
    release: (bytes) => {
      usedBytes -= bytes;
    },
  };
}

/** For what another program will write: better told before hours of work. @throws SpaceExhausted */
export async function demandSpace(budget: SpaceBudget, bytes: number): Promise<void> {
  await budget.take(bytes);
  budget.release(bytes);
}

async function askVolume(root: string, bytes: number): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(root);
  const freeBytes = bavail * bsize;
  const reserveBytes = Math.min(RESERVE_BYTES, (blocks * bsize) / 20);
  if (freeBytes - bytes < reserveBytes) {
    throw new SpaceExhausted(
      `the volume of the work folder has ${freeBytes} bytes left, ${bytes} more are needed now`,
    );
  }
}

/** Bytes of all files below a folder, each once whatever its names; 0 where the folder does not exist. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).values();
  const linked = new Set<number>();
  let bytes = 0;
  const sum = async () => {
    for (const { parentPath, name } of files) {
      const { size, nlink, ino } = await stat(join(parentPath, name));
      if (nlink > 1 && linked.has(ino)) continue;
      if (nlink > 1) linked.add(ino);
      bytes += size;
    }
  };
  await Promise.all(Array.from({ length: STATS_AT_ONCE }, sum));
  return bytes;
}
