import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failedCalls } from '../../dev/hold-proxy/retried-calls.js';
import type { ProxiedCall } from '../../dev/hold-proxy/serve-call.js';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import type { Backup } from '../../src/domain/backup/backup.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import { SUCCEEDING_POD } from './backup-manifest.js';
import { JOBS } from './holdfast-world.js';
import { eventCounts, incidentOf, jobRunsOf, latest, recordsOf } from './observations.js';
import { LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { jobCreation } from './restore-moments.js';
import { expectEnd } from './restore-scene.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const INCIDENT = 'stalled-incident';
const RESTORE = 'stalled-restore';
/** After the stall the retries of calls come 2, 4, 8 ... s apart. */
const SETTLE_TIMEOUT_MS = 90_000;

let world: RestoreWorld;
let proxy: HoldProxy;
let worker: WorkerProcess;
let backup: Backup;
let restore: Restore;
/** Creations of Jobs that met the stall. */
let failed: readonly ProxiedCall[];

beforeAll(async () => {
  world = await startRestoreWorld({ journal: 'etcd', controlPlane: { etcdMembers: 3 } });
  const { stack } = world;
  const kubeconfig = await stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  proxy = await startHoldProxy({ kubeconfig, folder: join(stack.folder, 'proxy') });
  const env = { ...stack.env, KUBECONFIG: proxy.kubeconfig };
  worker = await startWorker(stack.group, { name: 'worker', env });
  await stallAtTheWorstMoment();
});

afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

/** Etcd stalls when both are about to create their next Job, until both creations have failed. */
async function stallAtTheWorstMoment(): Promise<void> {
  const { faults } = world.stack.controlPlane;
  const holds = [
    proxy.holdNext({
      method: 'POST',
      path: /\/jobs$/,
      body: new RegExp(`"holdfast.dev/attempt":"1".*${INCIDENT}|${INCIDENT}.*"holdfast.dev/attempt":"1"`),
      when: 'before',
    }),
    proxy.holdNext({ ...jobCreation(RESTORE, 'log-restore'), when: 'before' }),
  ];
  await world.createCompactBackup('cb');
  await world.setCompaction('cb', { state: 'Complete' });
  restore = await world.createRestore({
    name: RESTORE,
    compactBackup: 'cb',
    script: [SNAPSHOT_POD, LOG_POD],
  });
  const killed = { kind: 'scripted', exitCode: 1 };
  backup = await world.createBackup({ name: INCIDENT, script: [killed, killed, SUCCEEDING_POD] });
  await Promise.all(holds.map(({ held }) => held));
  await faults.freezeEtcd();
  for (const hold of holds) hold.release();
  failed = await waitFor('both creations have failed', () => {
    const creations = failedCalls(proxy.calls()).filter(
      ({ method, path }) => method === 'POST' && path === JOBS,
    );
    return creations.length === holds.length && creations;
  });
  faults.thawEtcd();
}

test('the first attempts failed', () => {
  const answers = failed.map(({ status }) => status ?? 'no answer in time').join(', ');
  process.stderr.write(`first attempts that failed: ${failed.length} (${answers})\n`);
  expect(failed.length).toBeGreaterThan(0);
});

test('an incident ends in success all the same: one Job for each attempt, each Event once', async () => {
  await waitFor(
    'the incident settles',
    () => incidentOf(world.journal, INCIDENT)?.state === 'settled',
    SETTLE_TIMEOUT_MS,
  );
  expect(await world.workflowOf(backup).result()).toMatchObject({ outcome: 'Succeeded' });
  expect(latest(world.journal, INCIDENT)?.status.phase).toBe('Running');
  expect(recordsOf(world.journal, INCIDENT).map(({ retryNum }) => retryNum)).toEqual([1, 2]);
  expect(jobRunsOf(world.journal, INCIDENT).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    ['0', 'failed'],
    ['1', 'failed'],
    ['2', 'complete'],
  ]);
  expect(eventCounts(world.journal, INCIDENT)).toEqual({ RetryStarted: 2, RetrySucceeded: 1 });
});

test('so does a restore: one Job for each half, each Event once', async () => {
  await expectEnd({ world, restore, outcome: 'Complete' });
});

test('the worker has counted the repetitions', async () => {
  expect(await worker.apiRetries()).toBeGreaterThanOrEqual(failed.length);
});
