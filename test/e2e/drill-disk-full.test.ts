import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupLayout } from '../../dev/backup-producer/pack-backup.js';
import type { DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import { BINLOGS, DrillAnswer, startDrillStack, type DrillStack } from './drill-stack.js';

const BACKUP = '20261101T020000Z';
const LAYOUTS: readonly BackupLayout[] = ['directory', 'stream'];

let world: DrillStack;
beforeAll(async () => {
  world = await startDrillStack();
  for (const layout of LAYOUTS) await world.publish(`${layout}/${BACKUP}`, { layout });
  await world.host.terminate();
});
afterAll(() => world?.stop());

interface FullVolume {
  /** The backup has 20. */
  readonly sizeMiB: number;
  readonly rung: string;
  readonly layout: BackupLayout;
  readonly plan?: Partial<DrillPlanSource>;
}

const VOLUMES: readonly FullVolume[] = [
  { sizeMiB: 8, rung: 'checksums', layout: 'directory' },
  { sizeMiB: 30, rung: 'unpack', layout: 'stream' },
  // With PITR the files are copied, not moved.
  { sizeMiB: 31, rung: 'copy-back', layout: 'directory', plan: { pitr: { prefix: BINLOGS } } },
  // The server's own log and temporary files: nobody has asked for room before.
  { sizeMiB: 45, rung: 'start', layout: 'directory' },
];

test.each(VOLUMES)(
  'a volume of $sizeMiB MiB that is full at rung $rung leaves the drill inconclusive, and nothing behind',
  { timeout: 120_000 },
  async ({ sizeMiB, rung, layout, plan }) => {
    const volume = join(world.stack.folder, `volume-${sizeMiB}`);
    await mkdir(volume);
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', volume]);
    try {
      const host = await world.startHost(`host-${sizeMiB}`, { HOLDFAST_WORK_DIR: volume });
      const file = await world.planFile({ name: layout, layout, ...plan });
      const { exitCode, stdout } = await world.holdfast('drill', 'run', '-f', file, '--wait', '-o', 'json');
      const answer = DrillAnswer.parse(JSON.parse(stdout));
      expect(answer).toMatchObject({ verdict: 'inconclusive', rung, rootCause: 'disk-space' });
      expect(exitCode).toBe(4);
      expect(await world.leftovers(volume)).toEqual([]);
      await host.terminate();
    } finally {
      await execa('umount', ['--lazy', volume]);
    }
  },
);
