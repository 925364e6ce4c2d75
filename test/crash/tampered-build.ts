import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** One edit of the built JavaScript. */
export interface Tampering {
  /** Below `dist`. */
  readonly file: string;
  readonly find: string;
  readonly replaceBy: string;
}

export interface TamperedBuild {
  /** Path of its `main.js`. */
  readonly program: string;
  remove(): Promise<void>;
}

/** A copy of the build with one edit. @throws Error when the edit does not match exactly once */
export function tamperedBuild({ file, find, replaceBy }: Tampering): Promise<TamperedBuild> {
  return copiedBuild(async (dist) => {
    const path = join(dist, file);
    const parts = (await readFile(path, 'utf8')).split(find);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
    await writeFile(path, parts.join(replaceBy));
  });
}

/** A copy of the build, changed; `change` gets its folder `dist`. */
export async function copiedBuild(change: (dist: string) => Promise<void>): Promise<TamperedBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-tampered-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const dist = join(folder, 'dist');
  try {
    await cp(join(repository, 'dist'), dist, { recursive: true });
    await cp(join(repository, 'package.json'), join(folder, 'package.json'));
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
    await change(dist);
    return { program: join(dist, 'cli', 'main.js'), remove };
  } catch (failure) {
    await remove();
    throw failure;
  }
}
