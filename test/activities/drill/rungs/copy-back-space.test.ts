import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyBackRung } from '../../../../src/activities/drill/rungs/copy-back.js';
import { startSession } from '../drill-world.js';
import { createInMemoryStore } from '../in-memory-store.js';

test('a copy for PITR that would outgrow the limit of the work folder is not begun', async () => {
  const session = await startSession({
    store: createInMemoryStore(),
    location: { bucket: 'shop', prefix: 'orders/', region: 'us-east-1', pathStyle: true },
    id: 'b1',
    plan: { pitr: { prefix: 'orders/binlogs/' }, limits: { workBytes: 1_500 } },
  });
  onTestFinished(() => session.remove());
  await mkdir(session.folder.backup);
  await writeFile(join(session.folder.backup, 'ibdata1'), 'x'.repeat(1_000));
  expect(await copyBackRung(session)).toMatchObject({
    outcome: 'inconclusive',
    cause: 'disk-space',
    summary: 'the work folder would hold 2000 bytes; its limit is 1500',
  });
  expect(await readdir(session.folder.data)).toEqual([]);
});
