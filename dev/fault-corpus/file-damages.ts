import { copyFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileDamage, PageDamage } from './corpus-case.js';
import { pageBytes, rowPages } from './innodb-pages.js';

/** Tables with several pages of rows. */
const bigTables = ['orders', 'orders_archive', 'order_items'] as const;

interface Tablespace {
  path: string;
  content: Buffer;
  /** Where a page of rows begins. */
  start: number;
}

async function withRowPage(
  { folder, random }: PageDamage,
  change: (tablespace: Tablespace) => Buffer | string,
): Promise<string> {
  const path = `shop/${random.pick(bigTables)}.ibd`;
  const content = await readFile(join(folder, path));
  // The first leaf is left out: the server looks at it by itself when it opens the table.
  const start = random.pick(rowPages(content).slice(1)) * pageBytes;
  const changed = change({ path, content, start });
  await writeFile(join(folder, path), typeof changed === 'string' ? content : changed);
  return `${path}, page ${start / pageBytes}`;
}

export const zeroPartOfPage = (damage: PageDamage) =>
  withRowPage(damage, ({ content, start }) => {
    const from = start + damage.random.integer(60, 4_000);
    return content.fill(0, from, from + 4_000);
  });

export const flipBitInPage = (damage: PageDamage) =>
  withRowPage(damage, ({ content, start }) => flipBit(content, start + damage.random.integer(130, 16_000)));

/** A page of zeros only is a page never used: innochecksum and prepare have nothing against it. */
export const zeroWholePage = (damage: PageDamage) =>
  withRowPage(damage, ({ content, start }) => content.fill(0, start, start + pageBytes));

/** Every page is good in itself. */
export const repeatPage = (damage: PageDamage) =>
  withRowPage(damage, ({ content, start }) => {
    const other = damage.random.pick(rowPages(content).filter((page) => page * pageBytes !== start));
    content.copy(content, start, other * pageBytes, (other + 1) * pageBytes);
    return content;
  });

export const cutInsidePage = (damage: PageDamage) =>
  withRowPage(damage, ({ content, start }) =>
    content.subarray(0, start + damage.random.integer(1, pageBytes - 1)),
  );

export const cutBetweenPages = (damage: PageDamage) =>
  withRowPage(damage, ({ content, start }) => content.subarray(0, start));

export const removeFile =
  (...paths: readonly string[]) =>
  async ({ folder, random }: FileDamage): Promise<string> => {
    const path = random.pick(paths);
    await rm(join(folder, path), { recursive: true });
    return `removed ${path}`;
  };

export const removeFiles =
  (...paths: readonly string[]) =>
  async ({ folder }: FileDamage): Promise<string> => {
    for (const path of paths) await rm(join(folder, path));
    return `removed ${paths.join(', ')}`;
  };

export const emptyFile =
  (...paths: readonly string[]) =>
  async ({ folder, random }: FileDamage): Promise<string> => {
    const path = random.pick(paths);
    await truncate(join(folder, path), 0);
    return `emptied ${path}`;
  };

export const cutFile =
  (path: string, { keep }: { keep: readonly [number, number] }) =>
  async ({ folder, random }: FileDamage): Promise<string> => {
    const content = await readFile(join(folder, path));
    const keepBytes = Math.floor((content.length * random.integer(...keep)) / 100);
    await truncate(join(folder, path), keepBytes);
    return `cut ${path} from ${content.length} to ${keepBytes} bytes`;
  };

/** The log's header ends at 12,288; behind it are the records. */
export async function flipBitInRedoLog({ folder, random }: FileDamage): Promise<string> {
  const path = join(folder, 'ib_logfile0');
  const content = await readFile(path);
  const offset = random.integer(12_400 + Math.floor(content.length / 4), Math.floor(content.length * 0.9));
  await writeFile(path, flipBit(content, offset));
  return `ib_logfile0, offset ${offset}`;
}

export async function cutRedoLogToItsBeginning({ folder, random }: FileDamage): Promise<string> {
  const keepBytes = 12_288 + random.integer(200, 2_000);
  await truncate(join(folder, 'ib_logfile0'), keepBytes);
  return `cut ib_logfile0 to ${keepBytes} bytes`;
}

export async function flipBitsInSystemTablespace({ folder, random }: FileDamage): Promise<string> {
  const path = join(folder, 'ibdata1');
  const content = await readFile(path);
  const page = random.pick([5, 7]); // transaction system, data dictionary
  content.fill(0xa5, page * pageBytes + 38, page * pageBytes + 600);
  await writeFile(path, content);
  return `ibdata1, page ${page}`;
}

/** A file of the backup before: prepare, innochecksum and CHECK TABLE may all be content. */
export async function bringOlderTable({ folder, sources }: FileDamage): Promise<string> {
  await copyFile(join(sources.older.folder, 'shop/customers.ibd'), join(folder, 'shop/customers.ibd'));
  return 'shop/customers.ibd of the backup before';
}

export async function bringNewerMetadata({ folder, sources }: FileDamage): Promise<string> {
  for (const name of ['xtrabackup_binlog_info', 'xtrabackup_info', 'xtrabackup_checkpoints']) {
    await copyFile(join(sources.loaded.folder, name), join(folder, name));
  }
  return 'files of one backup, metadata of the next';
}

export async function swapTables({ folder }: FileDamage): Promise<string> {
  const [one, other] = [join(folder, 'shop/orders.ibd'), join(folder, 'shop/orders_archive.ibd')];
  await rename(one, `${one}.aside`);
  await rename(other, one);
  await rename(`${one}.aside`, other);
  return 'orders.ibd and orders_archive.ibd have changed places';
}

export const replaceText =
  (path: string, [pattern, text]: readonly [RegExp, string]) =>
  async ({ folder }: FileDamage): Promise<string> => {
    const before = await readFile(join(folder, path), 'utf8');
    const after = before.replace(pattern, text);
    if (after === before) throw new Error(`${path} has nothing like ${pattern}`);
    await writeFile(join(folder, path), after);
    return `${path}: ${text}`;
  };

/** What a table with DATA DIRECTORY leaves: copy-back would write to this path. */
export async function addLinkFile({ folder }: FileDamage): Promise<string> {
  await writeFile(join(folder, 'shop/customers.isl'), '/var/lib/elsewhere/shop/customers.ibd');
  return 'shop/customers.isl';
}

export function flipBit(content: Buffer, offset: number): Buffer {
  content.writeUInt8(content.readUInt8(offset) ^ 0x10, offset);
  return content;
}
