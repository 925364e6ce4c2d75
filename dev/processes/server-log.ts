import { open, stat } from 'node:fs/promises';
import { isSystemError } from '../../src/database/process-identity.js';

/** The size of a log file now, in bytes; 0 when there is none yet. */
export async function logSizeBytes(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return 0;
    throw failure;
  }
}

/** What was appended to a log file after its first `offsetBytes`; '' when there is no file yet. */
export async function readLogFrom(file: string, offsetBytes: number): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const length = Math.max(0, (await handle.stat()).size - offsetBytes);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offsetBytes);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return '';
    throw failure;
  }
}

/** The last lines of a text, indented for an error message. */
export function logTail(text: string, lines: number): string {
  const tail = text.trimEnd().split('\n').slice(-lines);
  return tail.map((line) => `  | ${line}`).join('\n');
}
