import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANAGED_LABEL } from '../../src/domain/labels.js';
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

describe('a labelled Restore that the operator sees', () => {
  let world: RestorePeerWorld;
  /** The operator has begun the first one before it is labelled; who comes first to the other, nobody knows. */
  const SEEN = ['begun-first', 'labelled-first'];

  beforeAll(async () => {
    world = await startRestorePeerWorld([]);
    await world.createCompactBackup('cb-seen');
    const wish = { script: [ENDLESS_POD], compactBackup: 'cb-seen' };
    await world.createRestore({ name: 'labelled-first', ...wish });
    await world.createRestore({ name: 'begun-first', labels: {}, ...wish });
    const begun = () => world.journal.jobs('begun-first-snapshot-restore').length > 0;
    await waitFor('the operator has begun it', begun);
    await createRestoreScene(world).patchRestore('begun-first', {
      metadata: { labels: { [MANAGED_LABEL]: 'true' } },
    });
  });

  afterAll(() => world?.stop());

  test.each(SEEN)('%s stays with it, and says how to mend that', async (name) => {
    const message = await createRestoreScene(world).says(name, 'OperatorSeesRestore');
    expect(message).toContain(HIDING_SELECTOR);
    const told = () => world.journal.restoreEvents(name).some(({ reason }) => reason === 'RestoreBlocked');
    await waitFor('an Event tells it, too', told);
    await waitFor('the operator runs it', () => world.journal.jobs(`${name}-snapshot-restore`).length > 0);
    const ours = await world.ourWrites(name);
    expect(ours.filter(({ resource }) => resource === 'jobs')).toEqual([]);
  });

  test.each(SEEN)('holdfast restore plan fails for %s, and holdfast doctor names it', async (name) => {
    const plan = await runHoldfast(world.stack, { args: ['restore', 'plan', `default/${name}`] });
    expect(plan).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('TiDB Operator sees this Restore'),
    });
    const { stdout } = await runHoldfast(world.stack, { args: ['doctor'] });
    expect(stdout).toMatch(new RegExp(`TiDB Operator sees them all the same.*default/${name}`, 's'));
    expect(stdout).toContain(HIDING_SELECTOR);
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
