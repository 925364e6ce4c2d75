import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ProgramWrapper {
  name: string;
  program: string;
  /** Searched before the system's libraries. */
  libraryFolders: readonly string[];
  /** Given before the caller's own options, which win; after one that MariaDB's programs want first. */
  options: readonly string[];
  /** Where it runs, for one that looks for its files from there. Default: where it is called. */
  folder?: string;
}

/**
 * Writes one small script per program into `binDir`: the caller runs a plain name, and the program finds its libraries
 * and its share folder although it is not installed. The script becomes the program (`exec`): same pid, same signals.
 */
export async function writeWrappers(binDir: string, wrappers: readonly ProgramWrapper[]): Promise<void> {
  await mkdir(binDir, { recursive: true });
  await Promise.all(
    wrappers.map((wrapper) => writeFile(join(binDir, wrapper.name), scriptOf(wrapper), { mode: 0o755 })),
  );
}

function scriptOf({ program, libraryFolders, options, folder }: ProgramWrapper): string {
  const lines = ['#!/bin/sh'];
  if (folder !== undefined) lines.push(`cd ${quoted(folder)} || exit`);
  if (libraryFolders.length > 0) {
    lines.push(`export LD_LIBRARY_PATH=${quoted(libraryFolders.join(':'))}`);
  }
  if (options.length > 0) {
    const own = options.map(quoted).join(' ');
    lines.push(
      'case "${1-}" in',
      '--no-defaults | --defaults-file=* | --defaults-extra-file=*)',
      `  first=$1; shift; set -- "$first" ${own} "$@" ;;`,
      `*) set -- ${own} "$@" ;;`,
      'esac',
    );
  }
  return [...lines, `exec ${quoted(program)} "$@"`, ''].join('\n');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
