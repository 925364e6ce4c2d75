import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { drillChecks } from '../../../src/cli/doctor/drill-checks.js';
import type { AppliedPlan } from '../../../src/cli/drills/drill-access.js';
import { StoreFailure, type ObjectStore } from '../../../src/storage/object-store.js';
import { createInMemoryStore } from '../../activities/drill/in-memory-store.js';
import { drillPlan, storeWithBackups } from '../../workflows/drill-world.js';
import { cliWorld, NOW_MS } from '../cli-world.js';

const TOOLS = ['mariadb-backup', 'mariadbd', 'mariadb', 'mariadb-binlog', 'innochecksum', 'zstd'];
const PATH = process.env.PATH ?? '';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  await mkdir(join(folder, 'bin'));
  for (const tool of TOOLS) {
    const file = join(folder, 'bin', tool);
    await writeFile(file, `#!/bin/sh\necho "${tool} from 10.11.19-MariaDB"\n`);
    await chmod(file, 0o755);
  }
});
afterEach(() => {
  process.env.PATH = PATH;
});
afterAll(() => rm(folder, { recursive: true }));

interface Scene {
  readonly workDir?: string;
  readonly store?: ObjectStore;
  readonly pollers?: number;
  readonly plans?: number;
}

async function check({ workDir, store = storeWithBackups(), pollers = 1, plans = 1 }: Scene) {
  const applied: AppliedPlan = { plan: drillPlan(), paused: false, recent: [] };
  const poller = { identity: '1@drill-host', lastPollMs: NOW_MS };
  const { deps } = cliWorld({ store });
  const temporal = await deps.temporal();
  const checks = await drillChecks({
    temporal: {
      ...temporal,
      drills: { ...temporal.drills, plans: async () => Array.from({ length: plans }, () => applied) },
      pollers: async () => Array.from({ length: pollers }, () => poller),
    },
    cluster: 'prod-eu',
    taskQueue: 'holdfast',
    nowMs: NOW_MS,
    workDir,
    openStore: deps.openStore,
  });
  return checks.map(({ verdict, name, found }) => `${verdict} ${name}: ${found}`);
}

const refusing = (): ObjectStore => ({
  ...createInMemoryStore(),
  // eslint-disable-next-line require-yield -- it fails before it has anything
  async *folders() {
    throw new StoreFailure('AccessDenied', 'credentials: environment variable S3_KEY is not set');
  },
});

test('nothing is asked where nobody drills', async () => {
  expect(await check({ plans: 0 })).toEqual([]);
});

describe('with a plan that is applied', () => {
  test('all is well where a drill host polls and its store holds backups', async () => {
    expect(await check({})).toEqual([
      'ok task queue holdfast-drill: 1 polling',
      'ok store of plan orders: shop/orders/ holds 3 folders',
    ]);
  });

  test('no drill host fails, an empty prefix is worth a look', async () => {
    expect(await check({ pollers: 0, store: createInMemoryStore() })).toEqual([
      'fail task queue holdfast-drill: nobody polls it',
      'warn store of plan orders: shop/orders/ holds 0 folders',
    ]);
  });

  test('a store that this computer has no credentials for says nothing', async () => {
    expect(await check({ store: refusing() })).toContain(
      'skip store of plan orders: from this computer: credentials: environment variable S3_KEY is not set',
    );
  });
});

describe('on a drill host', () => {
  test('every tool is there, with its version, and the work directory has room', async () => {
    process.env.PATH = `${join(folder, 'bin')}:${PATH}`;
    const checks = await check({ workDir: folder, plans: 0 });
    for (const tool of TOOLS) expect(checks).toContain(`ok ${tool}: ${tool} from 10.11.19-MariaDB`);
    expect(checks.join('\n')).toMatch(/^(ok|warn) work directory: .*doctor-.* free$/m);
    expect(checks.join('\n')).toMatch(/^(ok|warn) network namespace: /m);
  });

  test('a missing tool, a missing work directory and a refusing store fail', async () => {
    process.env.PATH = join(folder, 'nothing');
    const checks = await check({ workDir: join(folder, 'nothing'), store: refusing() });
    const failed = checks.filter((line) => line.startsWith('fail')).join('\n');
    for (const tool of TOOLS) expect(failed).toContain(`fail ${tool}: `);
    expect(failed).toMatch(/fail work directory: ENOENT/);
    expect(failed).toMatch(/fail store of plan orders: credentials/);
  });
});
