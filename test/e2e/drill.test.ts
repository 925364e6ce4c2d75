import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { BackupObjects } from '../../dev/backup-producer/pack-backup.js';
import { listenOnLoopback } from '../../dev/node-agent/loopback-server.js';
import type { DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import { fileChunks } from '../database/encode-stream.js';
import { DrillAnswer, startDrillStack, type DrillStack } from './drill-stack.js';
import { waitFor } from './wait-for.js';

const [FIRST, SECOND] = ['20261101T020000Z', '20261102T020000Z'];
const LADDER = [
  'inventory',
  'checksums',
  'unpack',
  'metadata',
  'pages',
  'prepare',
  'copy-back',
  'start',
  'tables',
  'data',
];

let world: DrillStack;
beforeAll(async () => {
  world = await startDrillStack();
  await world.publish(`orders/${FIRST}`);
  await world.publish(`orders/${SECOND}`, { change: zeroPartOfPage });
});
afterAll(() => world?.stop());

/** As a bad disk leaves it at the source: `--prepare` says "completed OK!" to it. */
function zeroPartOfPage(objects: BackupObjects): void {
  const orders = Buffer.from(objects.get('shop/orders.ibd') ?? '');
  orders.fill(0, 4 * 16_384 + 500, 4 * 16_384 + 900);
  objects.set('shop/orders.ibd', orders);
}

async function drill(...args: string[]) {
  const { exitCode, stdout, stderr } = await world.holdfast('drill', 'run', ...args, '--wait', '-o', 'json');
  if (stdout === '') throw new Error(`exit code ${exitCode}: ${stderr}`);
  return { exitCode, answer: DrillAnswer.parse(JSON.parse(stdout)) };
}

async function apply(plan: Parameters<DrillStack['planFile']>[0]): Promise<void> {
  const { exitCode, stderr } = await world.holdfast('apply', '-f', await world.planFile(plan));
  if (exitCode !== 0) throw new Error(`apply: exit code ${exitCode}: ${stderr}`);
}

describe('a plan, from its file to the verdicts of its backups', () => {
  test('is applied, listed and described', async () => {
    await apply({ name: 'orders', required: { tables: ['shop.orders'] } });
    expect((await world.holdfast('drill', 'list')).stdout).toMatch(/^orders +- +only when asked/m);
    expect((await world.holdfast('drill', 'describe', 'orders')).stdout).toContain('- shop.orders');
  });

  test('passes a good backup: exit code 0, with every rung, its time, and the targets', async () => {
    const { exitCode, answer } = await drill('orders', '--backup', FIRST);
    expect(answer).toMatchObject({
      backup: FIRST,
      verdict: 'pass',
      rung: null,
      rootCause: null,
      evidence: [],
      rto: { targetMs: 14_400_000, met: true },
      facts: { tool: 'mariadb-backup', manifest: 'verified', baseline: 'verified' },
    });
    const passed = answer.rungs.filter(({ outcome }) => outcome === 'passed');
    expect(passed.map(({ rung }) => rung)).toEqual(LADDER);
    expect(exitCode).toBe(0);
    expect(await world.leftovers()).toEqual([]);
  });

  test('fails a bad one: exit code 1, with the rung, the cause and the evidence', async () => {
    const { exitCode, answer } = await drill('orders');
    expect(answer).toMatchObject({
      backup: SECOND,
      verdict: 'fail',
      rung: 'pages',
      rootCause: 'page-corruption',
    });
    expect(JSON.stringify(answer.evidence)).toMatch(/shop\/orders\.ibd/);
    expect(exitCode).toBe(1);
    expect(await world.leftovers()).toEqual([]);
  });

  test('tells which backup was verified last, and hands out each report as a page', async () => {
    const list = await world.holdfast('backups', 'list', 'orders');
    expect(list.stdout).toMatch(new RegExp(`^LAST VERIFIED ${FIRST}`));
    const html = join(world.stack.folder, 'report.html');
    const report = await world.holdfast('drill', 'report', 'orders', '--html', html);
    expect(report).toMatchObject({ exitCode: 1 });
    const page = await readFile(html, 'utf8');
    expect(page).toContain(`<title>Fail: orders, backup ${SECOND}</title>`);
    const keys = await world.store.admin.listKeys({ bucket: 'ledger', prefix: 'orders/_holdfast/reports/' });
    expect(keys.filter((key) => key.endsWith('report.html'))).toHaveLength(2);
  });

  test('proves itself on a copy that it damages, and enters nothing for it', async () => {
    const { exitCode, answer } = await drill('orders', '--backup', FIRST, '--self-test');
    expect(answer).toMatchObject({ verdict: 'fail', selfTest: true });
    expect(answer.damage).toMatch(/seed \d+/);
    expect(exitCode).toBe(0);
    const { stdout } = await world.holdfast('backups', 'describe', 'orders', FIRST, '-o', 'json');
    expect(stdout.match(/"verdict": "/g)).toHaveLength(1);
  });
});

describe('what says nothing about the backup is inconclusive, exit code 4', () => {
  test('a disk that is too small', async () => {
    await world.publish(`small/${FIRST}`);
    const file = await world.planFile({ name: 'small', limits: { workBytes: 3_000_000 } });
    const { exitCode, answer } = await drill('-f', file);
    expect(answer).toMatchObject({ verdict: 'inconclusive', rung: 'checksums', rootCause: 'disk-space' });
    expect(exitCode).toBe(4);
    expect(await world.leftovers()).toEqual([]);
  });

  test('a host without the tools', async () => {
    await world.host.terminate();
    const bare = await world.startHost('bare-host', { PATH: process.env['PATH'] ?? '' });
    try {
      const { exitCode, answer } = await drill('orders', '--backup', FIRST);
      expect(answer).toMatchObject({ verdict: 'inconclusive', rootCause: 'tool-missing' });
      expect(exitCode).toBe(4);
    } finally {
      await bare.terminate();
      await world.host.restart();
    }
  });
});

describe('a hostile bucket harms nothing, and passes nothing', () => {
  interface Hostility {
    readonly name: string;
    readonly what: string;
    readonly plan?: Partial<DrillPlanSource>;
    readonly change: (objects: BackupObjects) => void | Promise<void>;
    readonly rootCause: string;
  }
  const HOSTILITIES: readonly Hostility[] = [
    {
      name: 'path',
      what: 'a stream with a path that leads out of its folder',
      plan: { layout: 'stream' },
      change: (objects) => {
        const stream = objects.get('backup.mbstream') ?? '';
        const evil = fileChunks('../../../evil.txt', Buffer.from('evil'));
        objects.set('backup.mbstream', Buffer.concat([Buffer.from(stream), ...evil]));
      },
      rootCause: 'refused-name',
    },
    {
      name: 'keys',
      what: 'keys with control characters and of options',
      change: (objects) => {
        objects.set('shop/evil\u0007.ibd', Buffer.from('evil'));
        objects.set('--evil=1/evil.ibd', Buffer.from('evil'));
      },
      rootCause: 'refused-name',
    },
    {
      name: 'bomb',
      what: 'a file that expands beyond the limit',
      plan: { compression: 'zstd', limits: { workBytes: 150_000_000 } },
      change: async (objects) => {
        const { stdout } = await execa(join(world.tools.binDir, 'zstd'), ['-q', '--stdout'], {
          input: Buffer.alloc(300_000_000),
          encoding: 'buffer',
        });
        objects.set('shop/evil.ibd.zst', Buffer.from(stdout));
      },
      rootCause: 'disk-space',
    },
    {
      name: 'info',
      what: 'metadata of megabytes',
      change: (objects) => {
        objects.set('xtrabackup_info', Buffer.alloc(5_000_000, 'evil = 1\n'));
      },
      rootCause: 'malformed-metadata',
    },
    {
      name: 'link',
      what: 'a link file to a path of production',
      change: (objects) => {
        objects.set('shop/evil.isl', Buffer.from(join(world.stack.folder, 'evil.ibd')));
      },
      rootCause: 'refused-path',
    },
  ];

  test.each(HOSTILITIES)('$what', async ({ name, plan = {}, change, rootCause }) => {
    const { layout = 'directory' } = plan;
    await world.publish(`${name}/${FIRST}`, { layout, change });
    const file = await world.planFile({ name, ...plan });
    const { exitCode, answer } = await drill('-f', file);
    expect({ ...answer, rungs: [] }).toMatchObject({ rootCause });
    expect(answer.verdict).not.toBe('pass');
    expect(exitCode).toBe(answer.verdict === 'fail' ? 1 : 4);
    expect(await world.leftovers()).toEqual([]);
    const written = await readdir(world.stack.folder, { recursive: true });
    expect(written.filter((path) => path.includes('evil') && !path.startsWith('object-store'))).toEqual([]);
  });

  test('an endpoint that answers with a page: a clear error, exit code 8', async () => {
    const server = createServer((_, response) => response.end('<html>Sign in to the hotel</html>'));
    const { port, stop } = await listenOnLoopback(server, 0);
    try {
      const file = await world.planFile({ name: 'orders' }, `http://127.0.0.1:${port}`);
      const { exitCode, stderr } = await world.holdfast('drill', 'run', '-f', file, '--wait', '-o', 'json');
      expect(stderr).toMatch(/no S3|not .*S3|HTML|malformed/i);
      expect(exitCode).toBe(8);
    } finally {
      await stop();
    }
  });
});

describe('the Schedule of a plan', () => {
  const Listed = z.object({
    backups: z.array(z.object({ verdicts: z.array(z.object({ verdict: z.string() })) })),
  });
  const verdicts = async () => {
    const { stdout } = await world.holdfast('backups', 'list', 'nightly', '-o', 'json');
    const { backups } = Listed.parse(JSON.parse(stdout));
    return backups.flatMap((backup) => backup.verdicts.map(({ verdict }) => verdict));
  };

  test('drills each new backup once, by trigger and by backfill; a pause is shown until it is resumed', async () => {
    await world.publish(`nightly/${FIRST}`);
    const schedule = { cron: '0 2 * * *', timeZone: 'Europe/Berlin' };
    await apply({ name: 'nightly', selection: 'every-new', schedule });
    expect((await world.holdfast('drill', 'pause', 'nightly', '--note', 'the store moves')).exitCode).toBe(0);
    expect((await world.holdfast('drill', 'list')).stdout).toMatch(/nightly .* paused \(.*the store moves\)/);
    expect((await world.holdfast('drill', 'resume', 'nightly')).exitCode).toBe(0);
    expect((await world.holdfast('drill', 'trigger', 'nightly')).exitCode).toBe(0);
    await waitFor('a verdict', async () => (await verdicts()).length === 1, 90_000);
    await world.publish(`nightly/${SECOND}`);
    const period = ['--from', '2026-11-10T00:00:00Z', '--to', '2026-11-12T00:00:00Z'];
    expect((await world.holdfast('drill', 'backfill', 'nightly', ...period)).exitCode).toBe(0);
    await waitFor('a second verdict', async () => (await verdicts()).length === 2, 90_000);
    const { stdout } = await world.holdfast('drill', 'run', 'nightly', '--wait', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'none' });
    expect(await verdicts()).toEqual(['pass', 'pass']);
  });
});
