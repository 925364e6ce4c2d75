import { open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkFolder } from '../activities/drill/drill-session.js';
import { isSystemError } from './process-identity.js';

export const MAX_LOG_BYTES = 64 * 1024 * 1024;
/** Of a log that is cut. */
const KEPT_LOG_BYTES = 2 * 1024 * 1024;

export function serverLogFile(folder: Pick<WorkFolder, 'run'>): string {
  return join(folder.run, 'server.log');
}

/**
 * Cuts a log that has become too long down to its beginning, to which the server then adds: call it now and then while a
 * server runs. The first complaints tell most, and a damaged file is complained about without end.
 */
export async function boundServerLog(
  folder: Pick<WorkFolder, 'run'>,
  { maxBytes, keptBytes } = { maxBytes: MAX_LOG_BYTES, keptBytes: KEPT_LOG_BYTES },
): Promise<void> {
  const file = serverLogFile(folder);
  try {
    const { size } = await stat(file);
    if (size > maxBytes) await truncate(file, keptBytes);
  } catch (failure) {
    if (!isSystemError(failure, 'ENOENT')) throw failure;
  }
}

/** The log as the server wrote it, its beginning and its end where it is long; '' where there is none. */
export async function readServerLog(
  folder: Pick<WorkFolder, 'run'>,
  maxBytes = 4 * 1024 * 1024,
): Promise<string> {
  let file;
  try {
    file = await open(serverLogFile(folder), 'r');
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return '';
    throw failure;
  }
  try {
    const { size } = await file.stat();
    const half = Math.floor(maxBytes / 2);
    const parts =
      size <= maxBytes
        ? [[0, size]]
        : [
            [0, half],
            [size - half, half],
          ];
    const texts: string[] = [];
    for (const [position = 0, length = 0] of parts) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
      texts.push(buffer.subarray(0, bytesRead).toString('utf8'));
    }
    return texts.join('\n');
  } finally {
    await file.close();
  }
}
