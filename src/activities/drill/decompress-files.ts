import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, stat, unlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { isSystemError } from '../../database/process-identity.js';
import { DecompressionFailed, decompressZstd } from '../../database/zstd.js';
import type { DrillSession } from './drill-session.js';
import { inParallel } from './in-parallel.js';
import type { SpaceBudget } from './space-budget.js';

const SUFFIX = '.zst';

export interface FilesToDecompress {
  /** Paths below `from`; those that end in `.zst` are decompressed, the others linked. */
  readonly names: readonly string[];
  readonly from: string;
  /** The same as `from`: in place, each compressed file is removed when it is done. */
  readonly to: string;
  readonly budget: SpaceBudget;
}

/** @throws DecompressionFailed naming the file, ProgramMissing, SpaceExhausted */
export async function decompressFiles(
  session: Pick<DrillSession, 'signal' | 'folder' | 'progress'>,
  { names, from, to, budget }: FilesToDecompress,
): Promise<void> {
  const progress = { doneFiles: 0, totalFiles: names.length };
  const options = { atOnce: availableParallelism(), signal: session.signal };
  await inParallel(names, options, async (name, signal) => {
    const file = join(from, name);
    const target = join(to, name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    if (name.endsWith(SUFFIX)) {
      await decompressFile({ file, target, budget, signal, folderRoot: session.folder.root }, name);
      if (from === to) await removeSource(file, budget);
    } else if (from !== to) {
      await linkFile({ file, target, budget });
    }
    progress.doneFiles += 1;
    session.progress({ ...progress });
  });
}

/** What a file system without hard links says to one. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];

/**
 * The same bytes under a second name cost neither time nor disk. The tools will change them under both; by then nothing
 * reads the first any more, because a run of `unpack` that died is only begun anew before the rung after it.
 */
async function linkFile({ file, target, budget }: { file: string; target: string; budget: SpaceBudget }) {
  try {
    await link(file, target);
  } catch (failure) {
    if (!NO_LINKS.some((code) => isSystemError(failure, code))) throw failure;
    await budget.take((await stat(file)).size);
    await copyFile(file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

async function decompressFile(
  work: { file: string; target: string; budget: SpaceBudget; signal: AbortSignal; folderRoot: string },
  name: string,
): Promise<void> {
  const handle = await open(work.target, 'wx', 0o600);
  try {
    for await (const piece of decompressZstd(work)) {
      await work.budget.take(piece.length);
      await handle.write(piece);
    }
  } catch (failure) {
    if (!(failure instanceof DecompressionFailed)) throw failure;
    throw new DecompressionFailed(`${name}: ${failure.message}`, { cause: failure });
  } finally {
    await handle.close();
  }
}

async function removeSource(file: string, budget: SpaceBudget): Promise<void> {
  const { size } = await stat(file);
  await unlink(file);
  budget.release(size);
}
