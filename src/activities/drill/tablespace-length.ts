import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTablespaceHeader, TABLESPACE_HEADER_BYTES } from '../../domain/drill/tablespace-header.js';
import { readStart } from './backup-files.js';

export interface LengthQuestion {
  readonly folder: string;
  /** Below the folder. */
  readonly path: string;
  readonly pageBytes: number;
  /**
   * A header page that was changed after this LSN may speak of pages that the file got after it was copied; the redo
   * log brings them. Absent: the file is prepared, and has to be whole.
   */
  readonly checkpointLsn?: bigint;
}

/**
 * Compares the length of a tablespace with the number of pages that its first page gives: a cut on the border of a page
 * leaves every checksum right.
 * @returns what is wrong, in words; `undefined` where nothing is
 */
export async function lengthProblem({ folder, path, pageBytes, checkpointLsn }: LengthQuestion) {
  const { size } = await stat(join(folder, path));
  if (size === 0) return 'the file is empty';
  const header = readTablespaceHeader(
    await readStart(join(folder, path), TABLESPACE_HEADER_BYTES),
    pageBytes,
  );
  if (header === undefined) return `the file has only ${size} B`;
  if (size % header.pageBytes !== 0) return `${size} B are no whole pages of ${header.pageBytes} B`;
  if (header.unwritten)
    return checkpointLsn === undefined ? 'its first page is empty after all logs were applied' : undefined;
  const expected = header.sizePages * header.pageBytes;
  if (size >= expected || (checkpointLsn !== undefined && header.lsn > checkpointLsn)) return undefined;
  return `the file has ${size} B, its first page says ${expected} B (${header.sizePages} pages of ${header.pageBytes} B)`;
}
