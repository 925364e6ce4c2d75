import { open, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { readTablespaceHeader, TABLESPACE_HEADER_BYTES } from '../../domain/drill/tablespace-header.js';
import { isTablespace, listFiles, readStart } from './backup-files.js';
import { pageBytesOf } from './data-file-options.js';
import type { WorkFolder } from './drill-session.js';

/** Ways of damage that `--prepare` says "completed OK!" to. */
const WAYS = ['flip', 'cut', 'remove'] as const;
/** Header, bitmap and inode pages come first; what follows holds rows. */
const FIRST_ROW_PAGE = 3;

/** What was done, for the report. */
export interface Damage {
  readonly way: (typeof WAYS)[number];
  /** Below the backup. */
  readonly path: string;
  readonly text: string;
}

interface Tablespace {
  readonly path: string;
  readonly pageBytes: number;
  readonly pages: number;
}

/**
 * Damages the unpacked scratch copy: a drill that passes afterwards proves nothing about other backups. The same seed
 * does the same to the same backup.
 * @returns `undefined` where there is no file to damage
 */
export async function damageCopy(
  folder: Pick<WorkFolder, 'backup'>,
  seed: number,
): Promise<Damage | undefined> {
  const draw = drawsOf(seed);
  const candidates = await candidatesIn(folder);
  const file = candidates[draw(candidates.length)];
  if (file === undefined) return undefined;
  const way = WAYS[draw(WAYS.length)] ?? 'flip';
  return { way, path: file.path, text: await damage(join(folder.backup, file.path), { way, file, draw }) };
}

async function damage(
  path: string,
  { way, file, draw }: { way: Damage['way']; file: Tablespace; draw: (below: number) => number },
): Promise<string> {
  switch (way) {
    case 'remove':
      await rm(path);
      return 'removed the file';
    case 'cut': {
      const pages = FIRST_ROW_PAGE + draw(file.pages - FIRST_ROW_PAGE);
      await truncate(path, pages * file.pageBytes);
      return `cut the file after page ${pages - 1}`;
    }
    case 'flip': {
      const offset = FIRST_ROW_PAGE * file.pageBytes + 64 + draw(file.pageBytes - 128);
      await flipByte(path, offset);
      return `flipped a byte of page ${FIRST_ROW_PAGE}`;
    }
  }
}

async function flipByte(path: string, position: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position });
    await handle.write(Buffer.of((buffer[0] ?? 0) ^ 0xff), 0, 1, position);
  } finally {
    await handle.close();
  }
}

/** Tables whose pages are in their files, and not in the redo log alone, which would mend them. */
async function candidatesIn(folder: Pick<WorkFolder, 'backup'>): Promise<Tablespace[]> {
  const defaultPageBytes = await pageBytesOf(folder);
  const found: Tablespace[] = [];
  for (const { path } of await listFiles(folder.backup)) {
    if (!isTablespace(path) || /(^|\/)(mysql|sys)\/|\/FTS_|#sql/.test(path)) continue;
    const header = readTablespaceHeader(
      await readStart(join(folder.backup, path), TABLESPACE_HEADER_BYTES),
      defaultPageBytes,
    );
    const { size } = await stat(join(folder.backup, path));
    if (header === undefined || header.unwritten) continue;
    const pages = Math.floor(size / header.pageBytes);
    if (pages > FIRST_ROW_PAGE) found.push({ path, pageBytes: header.pageBytes, pages });
  }
  return found;
}

/** A small generator of its own: a report's seed has to mean the same on every version of Node. */
function drawsOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return below === 0 ? 0 : (state >>> 8) % below;
  };
}
