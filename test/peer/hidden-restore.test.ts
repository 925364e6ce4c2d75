import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TIDB_CLUSTER } from '../e2e/backup-manifest.js';
import { ENDLESS_POD, FAILING_SNAPSHOT_POD, LOG_POD, SNAPSHOT_POD } from '../e2e/restore-manifest.js';
import { createRestoreScene, expectEnd } from '../e2e/restore-scene.js';
import { createTikv, withRestores, type RestoreWorld } from '../e2e/restore-world.js';
import { runHoldfast } from '../e2e/run-holdfast.js';
import { waitFor } from '../e2e/wait-for.js';
import { peerFiles } from './peer-files.js';
import { letTwoResyncsPass, startPeerWorld, type PeerWorld } from './peer-world.js';
import { HIDING_SELECTOR } from './tidb-operator.js';

const RESYNC_MS = 2_000;
const QUICK = [`-resync-duration=${RESYNC_MS}ms`, '-kube-client-qps=100', '-kube-client-burst=200'];

type RestorePeerWorld = PeerWorld & RestoreWorld;

async function startRestorePeerWorld(flags: readonly string[], crds?: string): Promise<RestorePeerWorld> {
  const world = withRestores(await startPeerWorld([...QUICK, ...flags], crds));
  await createTikv(world, { cluster: TIDB_CLUSTER });
  return world;
}

describe('Restores that the selector hides from the operator', () => {
  let world: RestorePeerWorld;
  const ENDS = [
    { name: 'hidden-complete', outcome: 'Complete', script: [SNAPSHOT_POD, LOG_POD] },
    { name: 'hidden-failed', outcome: 'Failed', script: [FAILING_SNAPSHOT_POD] },
  ];

  beforeAll(async () => {
    world = await startRestorePeerWorld([HIDING_SELECTOR]);
    await world.createCompactBackup('cb-hidden');
    await world.setCompaction('cb-hidden', { state: 'Complete' });
    await Promise.all([
      ...ENDS.map(async ({ name, outcome, script }) => {
        const restore = await world.createRestore({ name, script, compactBackup: 'cb-hidden' });
        await expectEnd({ world, restore, outcome });
      }),
      world.createRestore({ name: 'theirs', labels: {}, script: [ENDLESS_POD], compactBackup: 'cb-hidden' }),
    ]);
    await letTwoResyncsPass(RESYNC_MS);
  });

  afterAll(() => world?.stop());

  test.each(ENDS)(
    '$name ends as we brought it to its end, and the operator never touches it',
    async ({ name, outcome }) => {
      expect(world.latestRestore(name)?.status.phase).toBe(outcome);
      expect(await world.operatorWrites(name)).toEqual([]);
    },
  );

  test('one without our label is run by the operator, and we write nothing', async () => {
    const { jobs } = world.journal;
    await waitFor('the operator starts it', () => jobs('theirs-snapshot-restore').length > 0);
    expect(await world.operatorWrites('theirs')).not.toEqual([]);
    expect(await world.ourWrites('theirs')).toEqual([]);
    expect(await world.findWorkflows(`HoldfastResource = 'Restore/theirs'`)).toEqual([]);
  });
});

describe('a CRD of Restores that drops spec.replicationConfig', () => {
  let world: RestorePeerWorld;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-crds-'));
    world = await startRestorePeerWorld([HIDING_SELECTOR], await crdsWithoutReplication(folder));
    await world.createRestore({ name: 'pruned', script: [SNAPSHOT_POD] });
  });

  afterAll(async () => {
    await world?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('a labelled Restore is no plain point-in-time restore: it waits, and says which CRD it needs', async () => {
    const scene = createRestoreScene(world);
    expect(await scene.says('pruned', 'ReplicationConfigPruned')).toContain('restores.pingcap.com');
    expect(world.latestRestore('pruned')?.spec.replicationConfig).toBeUndefined();
    const ours = (await world.ourWrites('pruned')).filter(({ resource }) => resource === 'jobs');
    expect(ours).toEqual([]);
  });

  test('holdfast restore plan fails, and holdfast doctor warns', async () => {
    const plan = await runHoldfast(world.stack, { args: ['restore', 'plan', 'default/pruned'] });
    expect(plan).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('drops spec.replicationConfig'),
    });
    const { stdout } = await runHoldfast(world.stack, { args: ['doctor'] });
    expect(stdout).toContain('refused: the CRD drops spec.replicationConfig');
  });
});

/** As the last stable release has them. */
async function crdsWithoutReplication(folder: string): Promise<string> {
  const { crds } = await peerFiles();
  const text = await readFile(crds, 'utf8');
  const block = /^( +)replicationConfig:\n(?:\1 +.*\n)+/m;
  if (!block.test(text)) throw new Error(`${crds} has no spec.replicationConfig to leave out`);
  const path = join(folder, 'crds.yaml');
  await writeFile(path, text.replace(block, ''));
  return path;
}
