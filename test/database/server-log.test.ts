import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { boundServerLog, readServerLog, serverLogFile } from '../../src/database/server-log-file.js';

test('a log that grows without end is cut to its beginning, and goes on after it', async () => {
  const run = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
  onTestFinished(() => rm(run, { recursive: true }));
  const bounds = { maxBytes: 10_000, keptBytes: 1_000 };
  await boundServerLog({ run }, bounds); // there is none yet
  const server = await open(serverLogFile({ run }), 'a');
  await server.write('first complaint\n');
  await boundServerLog({ run }, bounds);
  expect(await readServerLog({ run })).toBe('first complaint\n');
  for (let round = 0; round < 5; round += 1) {
    await server.write('noise\n'.repeat(5_000));
    await boundServerLog({ run }, bounds);
  }
  await server.write('last complaint\n');
  await server.close();
  expect((await stat(serverLogFile({ run }))).size).toBeLessThan(2_000);
  expect(await readServerLog({ run })).toMatch(/^first complaint\n[^]*last complaint\n$/);
});
