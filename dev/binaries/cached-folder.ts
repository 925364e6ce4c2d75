import { mkdir, mkdtemp, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError } from '../../src/database/process-identity.js';
import { withLock } from '../processes/lock-file.js';
import { createProcessGroup } from '../processes/process-group.js';
import type { FetchOptions, Progress } from './binary-sources.js';
import { cacheFolder } from './cache-folder.js';

export interface CachedFolderSpec {
  /** Path in the cache; a change of what is in it needs another name. */
  name: string;
  /** For people: name and version. */
  label: string;
  progress: Progress;
  /** Fills the folder `target`, which will be renamed to `final` afterwards: paths written into files name `final`. */
  fill: (folders: { target: string; final: string }, options: FetchOptions) => Promise<void>;
}

/**
 * A folder of our cache, filled once per machine, complete or not there at all. Safe when several processes ask at once.
 * @throws what `fill` throws; nothing is left then
 */
export async function ensureCachedFolder(spec: CachedFolderSpec): Promise<string> {
  const final = join(cacheFolder(), spec.name);
  if (await exists(final)) return final;
  const lockFile = join(cacheFolder(), 'locks', spec.name.replaceAll('/', '-'));
  const onWait = (pid: number) => spec.progress(`waiting for process ${pid}, which is getting ${spec.label}`);
  return withLock({ lockFile, onWait }, async () => {
    if (!(await exists(final))) await fillNow(spec, final);
    return final;
  });
}

async function fillNow({ label, progress, fill }: CachedFolderSpec, final: string): Promise<void> {
  await mkdir(dirname(final), { recursive: true });
  // In the cache itself: a rename within one file system is atomic.
  const group = await createProcessGroup({ folder: await mkdtemp(join(cacheFolder(), 'unfinished-')) });
  try {
    const target = join(group.folder, 'filled');
    await mkdir(target);
    await fill({ target, final }, { group, label, progress });
    await rename(target, final);
  } finally {
    await group.stop();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return false;
    throw failure;
  }
}
