import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import type { ProcessGroup } from '../../dev/processes/process-group.js';
import { loseTemporal } from './lose-temporal.js';
import {
  expectGoodEnd,
  goOn,
  jobCreation,
  LONG_LOG_POD,
  LONG_SNAPSHOT_POD,
  reachMoment,
  statusPatch,
  type ReachedMoment,
  type RestoreMoment,
  type RestoreStage,
} from './restore-moments.js';
import { LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { createRestoreScene, expectSound, type RestoreScene } from './restore-scene.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

let world: RestoreWorld;
let scene: RestoreScene;
let proxy: HoldProxy;

beforeAll(async () => {
  world = await startRestoreWorld({ journal: 'etcd' });
  scene = createRestoreScene(world);
  const { stack } = world;
  const kubeconfig = await stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  proxy = await startHoldProxy({ kubeconfig, folder: join(stack.folder, 'proxy') });
  await startWorker(stack.group, { name: 'worker', env: { ...stack.env, KUBECONFIG: proxy.kubeconfig } });
});

afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

function momentsOf(victim: string): RestoreMoment[] {
  return [
    {
      state: 'when the snapshot Job exists and nobody knows',
      restore: `${victim}-snapshot-job`,
      script: [LONG_SNAPSHOT_POD, LOG_POD],
      call: { ...jobCreation(`${victim}-snapshot-job`, 'snapshot-restore'), when: 'after' },
    },
    {
      state: 'before the write of phase LogRestore',
      restore: `${victim}-gate`,
      call: { ...statusPatch(`${victim}-gate`, /"phase":"LogRestore"/), when: 'before' },
    },
    {
      state: 'while it waits for the compaction',
      restore: `${victim}-waiting`,
      compaction: 'afterwards',
      until: { condition: 'SnapshotRestored' },
    },
    {
      state: 'while the log is restored',
      restore: `${victim}-log`,
      script: [SNAPSHOT_POD, LONG_LOG_POD],
      until: { phase: 'Running' },
    },
  ];
}

/** Ends the server, calls `meanwhile`, and brings it back. */
type Blow = (group: ProcessGroup, meanwhile: () => void) => Promise<void>;

const killAndRestart =
  (name: string): Blow =>
  async (group, meanwhile) => {
    await group.killHard(name);
    meanwhile();
    await group.restart(name);
  };

const COURSE = ['CompactSettled', 'LogRestoreStarted', 'SnapshotRestoreStarted'];

/** All that is known is in the cluster: no Event of the course is missing. An end that comes meanwhile needs nobody. */
async function expectSoundEnd(stage: RestoreStage, reached: ReachedMoment): Promise<void> {
  await goOn(stage, reached);
  const { name } = reached.restore.metadata;
  await scene.reachPhase(name, 'Complete');
  const told = (): string[] => world.journal.restoreEvents(name).map(({ reason }) => reason);
  await waitFor(`${name} has told its course`, () => COURSE.every((reason) => told().includes(reason)));
  expectSound(world, reached.restore);
}

interface BlowScene {
  readonly what: string;
  /** Prefix of the names of its Restores. */
  readonly victim: string;
  readonly blow: Blow;
  readonly expectEndAfter: (stage: RestoreStage, reached: ReachedMoment) => Promise<void>;
}

const BLOWS: readonly BlowScene[] = [
  {
    what: 'the API server is killed',
    victim: 'api',
    blow: killAndRestart('kube-apiserver'),
    expectEndAfter: expectGoodEnd,
  },
  {
    what: 'Temporal is killed',
    victim: 'temporal',
    blow: killAndRestart('temporal'),
    expectEndAfter: expectGoodEnd,
  },
  {
    what: 'Temporal is lost with its database',
    victim: 'lost',
    blow: loseTemporal,
    expectEndAfter: expectSoundEnd,
  },
];

for (const { what, victim, blow, expectEndAfter } of BLOWS)
  describe(`when ${what}`, () => {
    const moments = momentsOf(victim);
    let reached: readonly ReachedMoment[];

    beforeAll(async () => {
      reached = await Promise.all(moments.map((moment) => reachMoment({ world, scene, proxy }, moment)));
      await blow(world.stack.group, () => {
        for (const { hold } of reached) hold?.drop(); // the call under way fails
      });
    });

    for (const { state, restore } of moments)
      test.concurrent(`${state}: the restore ends as it would have`, async () => {
        const found = reached.find(({ moment }) => moment.restore === restore);
        if (found === undefined) throw new Error(`${restore} was not begun`);
        await expectEndAfter({ world, scene, proxy }, found);
      });
  });
