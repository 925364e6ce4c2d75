import { appendFile } from 'node:fs/promises';
import { linesSince } from '../../domain/stress/stress-log.js';
import type { StressLog } from '../../domain/stress/stress-progress.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';

/** Takes what comes in, without writing a line twice. */
export interface StressLogFile {
  take(log: StressLog): Promise<void>;
}

/**
 * Lines are appended to a file that may exist. What went by between two looks is in the worker's log only, and the
 * file says so.
 * @param path `undefined`: nothing is written
 * @throws CliFailure (2) where it cannot be written
 */
export async function openStressLogFile(path: string | undefined): Promise<StressLogFile> {
  if (path === undefined) return { take: async () => undefined };
  const append = async (text: string): Promise<void> => {
    try {
      await appendFile(path, text);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CliFailure(`--log-file ${path} cannot be written: ${reason}`, {
        exitCode: EXIT.usage,
        cause,
      });
    }
  };
  await append('');
  let next = 1;
  return {
    take: async (log) => {
      const { lines, missed } = linesSince(log, next);
      next = Math.max(next, log.next);
      const gap = missed === 0 ? [] : [`[LOG] ${missed} lines went by: they are in the log of the worker`];
      if (lines.length > 0) await append([...gap, ...lines, ''].join('\n'));
    },
  };
}
