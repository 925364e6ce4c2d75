import { readServerConfig } from '../../domain/drill/server-config.js';
import { readFirst } from './backup-files.js';
import type { WorkFolder } from './drill-session.js';

const DEFAULT_PAGE_BYTES = 16_384;

/** The options that a server needs to open the data files: those of backup-my.cnf that passed the allow-list. */
export async function dataFileOptions(
  folder: Pick<WorkFolder, 'backup'>,
): Promise<ReadonlyMap<string, string>> {
  const config = await readFirst(folder.backup, ['backup-my.cnf']);
  return readServerConfig(config?.text ?? '').forServer;
}

export async function pageBytesOf(folder: Pick<WorkFolder, 'backup'>): Promise<number> {
  const [, digits, unit] =
    /^(\d+)(k?)$/i.exec((await dataFileOptions(folder)).get('innodb_page_size') ?? '') ?? [];
  if (digits === undefined) return DEFAULT_PAGE_BYTES;
  return Number(digits) * (unit === '' ? 1 : 1024);
}
