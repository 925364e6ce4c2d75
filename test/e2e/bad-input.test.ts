import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUCCEEDING_POD, s3SecretManifest, tidbClusterManifest } from './backup-manifest.js';
import { SECRETS, startHoldfastWorld, TIDB_CLUSTERS, type HoldfastWorld } from './holdfast-world.js';
import { conditionOf, conditionsOf, eventCounts, incidentOf, jobRunsOf, latest } from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const VALID_POLICY = { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '1s' };
/** A missing Secret is looked for again at least this often. */
const SECRET_DEADLINE_MS = 20_000;
/** A TidbCluster is seen by the watch. */
const CLUSTER_DEADLINE_MS = 2_000;

let world: HoldfastWorld;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await startHoldfastWorld();
  worker = await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});

afterAll(async () => {
  await world?.stop();
});

async function completes(name: string, timeoutMs?: number): Promise<void> {
  await waitFor(
    `${name} completes`,
    () => latest(world.journal, name)?.status.logSubCommandStatuses?.['log-start']?.phase === 'Complete',
    timeoutMs,
  );
}

const INVALID = [
  {
    what: 'a duration that is none',
    name: 'banana',
    wish: { policy: { ...VALID_POLICY, minRetryDuration: 'banana' } },
    says: ['spec.backoffRetryPolicy.minRetryDuration', 'banana'],
    mend: { spec: { backoffRetryPolicy: { minRetryDuration: '1s' } } },
  },
  {
    what: 'a negative number of retries',
    name: 'negative',
    wish: { policy: { ...VALID_POLICY, maxRetryTimes: -1 } },
    says: ['spec.backoffRetryPolicy.maxRetryTimes', '-1'],
    mend: { spec: { backoffRetryPolicy: { maxRetryTimes: 1 } } },
  },
  {
    what: 'two modes that contradict each other',
    name: 'two-modes',
    wish: { spec: { backupMode: 'snapshot', mode: 'log' } },
    says: ['spec.mode', 'log', 'spec.backupMode', 'snapshot'],
    mend: { spec: { backupMode: 'log' } },
  },
];

describe.concurrent('a Backup', () => {
  for (const { what, name, wish, says, mend } of INVALID) {
    test(`with ${what} is Invalid, says where and what, and revives when mended`, async () => {
      const backup = await world.createBackup({ name, script: [SUCCEEDING_POD], ...wish });
      const invalid = await waitFor(`${name} is judged`, () => {
        const now = latest(world.journal, name);
        return conditionsOf(now).includes('Invalid') && now;
      });
      expect(invalid.status.phase).toBe('Invalid');
      const { message = '' } = conditionOf(invalid, 'Invalid') ?? {};
      for (const word of says) expect(message).toContain(word);
      await waitFor('its Event is seen', () => eventCounts(world.journal, name)['BackupInvalid'] === 1);
      expect(world.journal.events(name)[0]).toMatchObject({ type: 'Warning', message });
      expect(await world.workflowOf(backup).result()).toMatchObject({ outcome: 'Invalid' });
      expect(jobRunsOf(world.journal, name)).toEqual([]);

      await world.patchBackup(name, mend);
      await completes(name);
      expect(conditionsOf(latest(world.journal, name))).not.toContain('Invalid');
      expect(eventCounts(world.journal, name)).toEqual({ BackupInvalid: 1 });
      expect(jobRunsOf(world.journal, name)).toHaveLength(1);
    });
  }

  test('beside an invalid one runs as if nothing were', async () => {
    await world.createBackup({
      name: 'rotten',
      script: [SUCCEEDING_POD],
      policy: { ...VALID_POLICY, retryTimeout: '-3h' },
    });
    await waitFor('it is Invalid', () => latest(world.journal, 'rotten')?.status.phase === 'Invalid');
    await world.createBackup({ name: 'neighbour', script: [SUCCEEDING_POD] });
    await completes('neighbour');
    expect((await worker.ask('/readyz')).status).toBe(200);
  });

  test('that becomes invalid while its retry waits keeps its incident and goes on when mended', async () => {
    const name = 'spoiled';
    await world.createBackup({
      name,
      policy: { ...VALID_POLICY, minRetryDuration: '5s' },
      script: [{ kind: 'scripted', exitCode: 1 }, SUCCEEDING_POD],
    });
    await waitFor('its retry waits', () => incidentOf(world.journal, name)?.state === 'open');
    await world.patchBackup(name, { spec: { backoffRetryPolicy: { minRetryDuration: 'soon' } } });
    await waitFor('it is Invalid', () => incidentOf(world.journal, name)?.state === 'invalid');
    await world.patchBackup(name, { spec: { backoffRetryPolicy: { minRetryDuration: '1s' } } });
    await completes(name);
    await waitFor('the incident settles', () => incidentOf(world.journal, name)?.state === 'settled');
    expect(jobRunsOf(world.journal, name).map(({ attempt }) => attempt)).toEqual(['0', '1']);
    expect(eventCounts(world.journal, name)).toEqual({
      RetryStarted: 1,
      BackupInvalid: 1,
      RetrySucceeded: 1,
    });
  });

  test('whose TidbCluster is missing says so, and starts when it appears', async () => {
    const name = 'no-cluster';
    await world.createBackup({ name, script: [SUCCEEDING_POD], spec: { br: { cluster: 'late' } } });
    await blocked(name, { reason: 'TidbClusterNotFound', names: 'default/late' });
    const createdMs = Date.now();
    await world.call({ method: 'POST', path: TIDB_CLUSTERS, body: tidbClusterManifest('late') });
    await waitFor('its Job is there', () => jobRunsOf(world.journal, name).length > 0, CLUSTER_DEADLINE_MS);
    expect(Date.now() - createdMs).toBeLessThanOrEqual(CLUSTER_DEADLINE_MS);
    await completes(name);
    expect(conditionsOf(latest(world.journal, name))).not.toContain('RetryFailed');
  });

  test('whose Secret is missing says so, and starts when it appears', async () => {
    const name = 'no-secret';
    const s3 = { provider: 'aws', bucket: 'backups', prefix: name, secretName: 'late-secret' };
    await world.createBackup({ name, script: [SUCCEEDING_POD], spec: { s3 } });
    await blocked(name, { reason: 'GetS3SecretFailed', names: 'late-secret' });
    await world.call({ method: 'POST', path: SECRETS, body: s3SecretManifest('late-secret') });
    await waitFor('its Job is there', () => jobRunsOf(world.journal, name).length > 0, SECRET_DEADLINE_MS);
    await completes(name);
    expect(conditionsOf(latest(world.journal, name))).not.toContain('RetryFailed');
  });
});

/** Waits for condition RetryFailed, which is TiDB Operator's word for what a Job lacks; no failure of a Job. */
async function blocked(name: string, { reason, names }: { reason: string; names: string }): Promise<void> {
  const seen = await waitFor(`${name} is blocked`, () => {
    const now = latest(world.journal, name);
    return conditionsOf(now).includes('RetryFailed') && now;
  });
  expect(conditionOf(seen, 'RetryFailed')).toMatchObject({ reason, message: expect.stringContaining(names) });
  expect(seen.status.phase).toBe('RetryFailed');
  expect(incidentOf(world.journal, name)).toBeUndefined();
  expect(jobRunsOf(world.journal, name)).toEqual([]);
}
