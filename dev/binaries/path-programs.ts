import { createHash } from 'node:crypto';
import { access, constants, symlink } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import type { Progress } from './binary-sources.js';
import { ensureCachedFolder } from './cached-folder.js';

/** The paths of all these programs in PATH, in their order; `undefined` where one of them is not there. */
export async function programsInPath(names: readonly string[]): Promise<string[] | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found: string[] = [];
  for (const name of names) {
    const candidates = await Promise.all(folders.map((folder) => executable(join(folder, name))));
    const path = candidates.find((candidate) => candidate !== undefined);
    if (path === undefined) return undefined;
    found.push(path);
  }
  return found;
}

async function executable(path: string): Promise<string | undefined> {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

/** One folder of our cache with links to programs that may lie in several: callers get one. */
export async function linkedFolder({
  name,
  label,
  programs,
  progress,
}: {
  /** Folder in the cache. */
  name: string;
  label: string;
  /** Paths. */
  programs: readonly string[];
  progress: Progress;
}): Promise<string> {
  return ensureCachedFolder({
    name: `${name}/path-${hashOfWords(programs)}`,
    label,
    progress,
    fill: async ({ target }) => {
      await Promise.all(programs.map((program) => symlink(program, join(target, basename(program)))));
    },
  });
}

/** Short and stable: for the name of a folder whose content these words decide. */
export function hashOfWords(words: readonly string[]): string {
  return createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 12);
}
