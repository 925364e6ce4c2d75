import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyBackRung } from '../../../../src/activities/drill/rungs/copy-back.js';
import { prepareRung } from '../../../../src/activities/drill/rungs/prepare.js';
import { markedPrograms } from '../../../../src/database/program-mark.js';
import { climb, endDrill, newSession, startDrillWorld, type DrillWorld } from './drill-world.js';

let world: DrillWorld;
beforeAll(async () => {
  world = await startDrillWorld();
});
afterAll(() => world.end());

/** Puts a script in place of a tool, first on PATH, for the time of `work`. */
async function withTool<T>(
  name: string,
  { script, work }: { script: string; work: () => Promise<T> },
): Promise<T> {
  const folder = join(world.group.folder, `tool-${name}`);
  const before = process.env.PATH ?? '';
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
  process.env.PATH = `${folder}:${before}`;
  try {
    return await work();
  } finally {
    process.env.PATH = before;
  }
}

describe('a host that cannot', () => {
  test('leaves it open where a tool is not installed', async () => {
    const before = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      const { rung, finding } = await climb(await newSession(world));
      expect({ rung, ...finding }).toMatchObject({
        rung: 'metadata',
        outcome: 'inconclusive',
        cause: 'tool-missing',
      });
    } finally {
      process.env.PATH = before;
    }
  });

  test('leaves it open where a tool ignores SIGTERM and does not end, and ends it', async () => {
    const session = await newSession(world, { plan: { limits: { toolTimeout: '500ms' } } });
    const script = 'trap "" TERM; while :; do sleep 1; done';
    const finding = await withTool('mariadb-backup', { script, work: () => prepareRung(session) });
    expect(finding).toMatchObject({ outcome: 'inconclusive', cause: 'tool-timeout' });
    expect(await markedPrograms(session.folder.root)).toEqual([]);
    await endDrill(session);
  });

  test('does not take exit code 0 for success', async () => {
    const session = await newSession(world);
    const finding = await withTool('mariadb-backup', {
      script: 'echo done',
      work: () => prepareRung(session),
    });
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'prepare-failed' });
    await endDrill(session);
  });

  test('leaves it open where its disk is full', async () => {
    const session = await newSession(world, { plan: { pitr: { prefix: 'binlogs/' } } });
    await mkdir(session.folder.data);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', session.folder.data]);
    try {
      expect(await prepareRung(session)).toMatchObject({ outcome: 'passed' });
      expect(await copyBackRung(session)).toMatchObject({ outcome: 'inconclusive', cause: 'disk-space' });
    } finally {
      await execa('umount', [session.folder.data]);
      await endDrill(session);
    }
  });

  test('goes on where a run of copy-back that died has moved some of the files', async () => {
    const session = await newSession(world);
    const { folder } = session;
    await mkdir(join(folder.data, 'shop'), { recursive: true });
    const prepared = await prepareRung(session);
    await rename(join(folder.backup, 'ibdata1'), join(folder.data, 'ibdata1'));
    await rename(join(folder.backup, 'shop/orders.ibd'), join(folder.data, 'shop/orders.ibd'));
    const restored = await copyBackRung(session);
    expect([prepared.outcome, restored.outcome]).toEqual(['passed', 'passed']);
    expect(await readdir(join(folder.data, 'shop'))).toContain('orders.ibd');
    const { finding } = await climb(session, { skip: ['metadata', 'pages', 'prepare', 'copy-back'] });
    expect(finding).toMatchObject({ outcome: 'passed' });
  });
});
