import { expect, test } from 'vitest';
import { waitUntil } from '../../dev/processes/readiness.js';
import type { ObservedWord } from '../../src/backup-manager/observed-progress.js';
import { startProgressWriter } from '../../src/backup-manager/progress-writer.js';

const line = (percent: number) => `[progress] [step="Full Restore"] [progress=${percent}%]`;
const percents = (words: readonly ObservedWord[]) =>
  words.map(({ word }) => (word.kind === 'progress' ? word.percent : word.id));

/** A status that takes writes one at a time, each as long as the test says. */
function slowStatus() {
  const writes: (string | number)[][] = [];
  const warnings: string[] = [];
  let finishWrite: ((failure?: Error) => void) | undefined;
  const write = (words: readonly ObservedWord[], signal: AbortSignal) => {
    expect(finishWrite, 'two writes at a time').toBeUndefined();
    writes.push(percents(words));
    return new Promise<void>((resolve, reject) => {
      const finish = (failure?: Error) => {
        finishWrite = undefined;
        if (failure === undefined) resolve();
        else reject(failure);
      };
      finishWrite = finish;
      signal.addEventListener('abort', () => finish(new Error('cut off')), { once: true });
    });
  };
  const writeBegins = (count: number) =>
    waitUntil({
      what: `write ${count} should begin`,
      timeoutMs: 5_000,
      attempt: async () => writes.length === count && finishWrite !== undefined,
    });
  return {
    writes,
    warnings,
    write,
    warn: (message: string) => warnings.push(message),
    writeBegins,
    finishWrite: (failure?: Error) => finishWrite?.(failure),
  };
}

test('writes one at a time, with the newest of a step only', async () => {
  const status = slowStatus();
  const progress = startProgressWriter({ ...status, intervalMs: 1 });
  progress.onLine(line(1));
  progress.onLine(line(2));
  await status.writeBegins(1);
  progress.onLine(line(3));
  progress.onLine('something else');
  progress.onLine(line(4));
  status.finishWrite();
  await status.writeBegins(2);
  status.finishWrite();
  expect(status.writes).toEqual([[2], [4]]);
  expect(await progress.finish()).toEqual([]);
});

test('leaves to the last write what was not written, and what a write did not bring', async () => {
  const status = slowStatus();
  const progress = startProgressWriter({ ...status, intervalMs: 1 });
  progress.onLine(line(1));
  await status.writeBegins(1);
  progress.onLine('["BR operation started"] [operation_id=op] [command=x]');
  expect(percents(await progress.finish())).toEqual([1, 'op']);
  progress.onLine(line(9));
  expect(status.writes).toHaveLength(1);
  expect(status.warnings).toEqual([]);
});

test('needs no write of its own for a short run', async () => {
  const status = slowStatus();
  const progress = startProgressWriter(status);
  progress.onLine(line(100));
  expect(percents(await progress.finish())).toEqual([100]);
  expect(status.writes).toEqual([]);
});

test('tells of a write that was refused, and goes on', async () => {
  const status = slowStatus();
  const progress = startProgressWriter({ ...status, intervalMs: 1 });
  progress.onLine(line(1));
  await status.writeBegins(1);
  status.finishWrite(new Error('422 Invalid'));
  progress.onLine(line(2));
  await status.writeBegins(2);
  status.finishWrite();
  expect(status.warnings).toEqual(['progress was not written: 422 Invalid']);
  expect(await progress.finish()).toEqual([]);
});
