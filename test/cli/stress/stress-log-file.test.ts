import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStressLogFile } from '../../../src/cli/stress/stress-log-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-stress-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('each line is written once, and what went by is said', async () => {
  const path = join(folder, 'deployment_test.log');
  const file = await openStressLogFile(path);
  await file.take({ next: 3, lines: ['line 1', 'line 2'] });
  await file.take({ next: 3, lines: ['line 1', 'line 2'] });
  await file.take({ next: 7, lines: ['line 5', 'line 6'] });
  expect(await readFile(path, 'utf8')).toBe(
    'line 1\nline 2\n[LOG] 2 lines went by: they are in the log of the worker\nline 5\nline 6\n',
  );
});

test('a file that cannot be written is said before anything begins', async () => {
  await expect(openStressLogFile(join(folder, 'absent', 'file.log'))).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('cannot be written'),
  });
});
