import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import { GATE_POLICY_ANNOTATION } from '../../src/domain/labels.js';
import { parseTime } from '../../src/domain/time.js';
import { writesOf } from './audit-log.js';
import { ENDLESS_POD } from './restore-manifest.js';
import {
  expectGoodEnd,
  ENDLESS_LOG_POD,
  eventOn,
  jobCreation,
  jobDeletion,
  LONG_LOG_POD,
  LONG_SNAPSHOT_POD,
  reachMoment,
  statusPatch,
  type ReachedMoment,
  type RestoreMoment,
} from './restore-moments.js';
import { LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { createRestoreScene, type RestoreScene } from './restore-scene.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const WAIT_TIMEOUT_MS = 8_000;

/** Each call of a restore, held before it happens and after it; and what needs no call. All die by the same kill. */
const MOMENTS: readonly RestoreMoment[] = [
  ...bothSides({
    state: 'the write of phase SnapshotRestore',
    restore: 'begin',
    call: (name) => statusPatch(name, /"phase":"SnapshotRestore"/),
  }),
  ...bothSides({
    state: 'the creation of the snapshot Job',
    restore: 'snapshot-job',
    call: (name) => jobCreation(name, 'snapshot-restore'),
  }),
  ...bothSides({
    state: 'the Event that the snapshot restore started',
    restore: 'snapshot-told',
    call: (name) => eventOn(name, 'SnapshotRestoreStarted'),
  }),
  ...bothSides({
    state: 'the write of the marker CompactSettled',
    restore: 'marker',
    compaction: 'beside',
    script: [LONG_SNAPSHOT_POD, LOG_POD],
    call: (name) => statusPatch(name, /^(?!.*"phase":"LogRestore").*"CompactSettled"/),
  }),
  ...bothSides({
    state: 'the write of phase LogRestore',
    restore: 'gate',
    call: (name) => statusPatch(name, /"phase":"LogRestore"/),
  }),
  ...bothSides({
    state: 'the creation of the log Job',
    restore: 'log-job',
    call: (name) => jobCreation(name, 'log-restore'),
  }),
  ...bothSides({
    state: 'the Event that the compaction is settled',
    restore: 'settled-told',
    call: (name) => eventOn(name, 'CompactSettled'),
  }),
  ...bothSides({
    state: 'the Event that the log restore started',
    restore: 'log-told',
    script: [SNAPSHOT_POD, LONG_LOG_POD],
    call: (name) => eventOn(name, 'LogRestoreStarted'),
  }),
  ...bothSides({
    state: 'the Event that the restore is complete',
    restore: 'complete-told',
    call: (name) => eventOn(name, 'RestoreComplete'),
  }),
  ...bothSides({
    state: 'the deletion of the snapshot Job after a cancel',
    restore: 'stop',
    cancelAt: 'snapshot-restore',
    script: [ENDLESS_POD],
    call: (name) => jobDeletion(name, 'snapshot-restore'),
  }),
  ...bothSides({
    state: 'the deletion of the log Job after a cancel',
    restore: 'stop-log',
    cancelAt: 'log-restore',
    script: [SNAPSHOT_POD, ENDLESS_LOG_POD],
    call: (name) => jobDeletion(name, 'log-restore'),
  }),
  ...bothSides({
    state: 'the write of phase Failed after a cancel',
    restore: 'stopped',
    cancelAt: 'snapshot-restore',
    script: [ENDLESS_POD],
    call: (name) => statusPatch(name, /"phase":"Failed"/),
  }),
  {
    state: 'while it waits for the compaction',
    restore: 'waiting',
    compaction: 'afterwards',
    until: { condition: 'SnapshotRestored' },
  },
  {
    state: 'while the log is restored, which ends without it',
    restore: 'unwatched-end',
    script: [SNAPSHOT_POD, LONG_LOG_POD],
    until: { phase: 'Running' },
  },
  {
    state: 'while waitTimeout runs out',
    restore: 'timed-out',
    compaction: 'never',
    annotations: { [GATE_POLICY_ANNOTATION]: 'timeout=proceed' },
    replicationConfig: { waitTimeout: `${WAIT_TIMEOUT_MS}ms` },
    until: { condition: 'SnapshotRestored' },
  },
];

function bothSides({
  state,
  restore,
  call,
  ...moment
}: Omit<RestoreMoment, 'call'> & {
  call: (name: string) => Omit<NonNullable<RestoreMoment['call']>, 'when'>;
}): RestoreMoment[] {
  return (['before', 'after'] as const).map((when) => ({
    ...moment,
    state: `${when} ${state}`,
    restore: `${when}-${restore}`,
    call: { ...call(`${when}-${restore}`), when },
  }));
}

let world: RestoreWorld;
let scene: RestoreScene;
let proxy: HoldProxy;
let worker: WorkerProcess;
let reached: readonly ReachedMoment[];

beforeAll(async () => {
  world = await startRestoreWorld();
  scene = createRestoreScene(world);
  const { stack } = world;
  const kubeconfig = await stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  proxy = await startHoldProxy({ kubeconfig, folder: join(stack.folder, 'proxy') });
  const env = { ...stack.env, KUBECONFIG: proxy.kubeconfig };
  worker = await startWorker(stack.group, { name: 'worker', env });
  reached = await Promise.all(MOMENTS.map((moment) => reachMoment({ world, scene, proxy }, moment)));
  await worker.killHard();
  await waitFor('the dead worker has no connection', async () => (await proxy.connections()) === 0);
  for (const { hold } of reached) hold?.release(); // its client is gone: it goes nowhere
  await waitFor('the log restore ended', () => phaseOf('unwatched-end') === 'Complete');
  await waitFor('waitTimeout is over', () => createdMsOf('timed-out') + WAIT_TIMEOUT_MS < Date.now());
  await worker.restart();
});

afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

const phaseOf = (name: string) => world.latestRestore(name)?.status.phase;
const createdMsOf = (name: string) =>
  parseTime(world.latestRestore(name)?.metadata.creationTimestamp) ?? Infinity;

for (const { state, restore } of MOMENTS)
  test.concurrent(
    `a worker that is killed ${state} leaves a restore that ends as it would have`,
    async () => {
      const found = reached.find(({ moment }) => moment.restore === restore);
      if (found === undefined) throw new Error(`${restore} was not begun`);
      await expectGoodEnd({ world, scene, proxy }, found);
    },
  );

test('asks for each Job once', async () => {
  const writes = await writesOf(world.stack.controlPlane.auditLog, 'holdfast-worker');
  const created = writes
    .filter(({ verb, resource, code }) => verb === 'create' && resource === 'jobs' && code === 201)
    .map(({ name }) => name);
  expect(created.filter((name, index) => created.indexOf(name) !== index)).toEqual([]);
  expect(created.length).toBeGreaterThan(MOMENTS.length);
});
