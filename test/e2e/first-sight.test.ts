import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import { TidbCluster } from '../../src/domain/backup/tidb-cluster.js';
import { ATTEMPT_LABEL, OWNER_UID_LABEL } from '../../src/domain/labels.js';
import { logBackupJob } from '../../src/kubernetes/objects/log-backup-job.js';
import { writesOf } from './audit-log.js';
import { FAILING_POD, SUCCEEDING_POD, TIDB_CLUSTER } from './backup-manifest.js';
import { JOBS, startHoldfastWorld, TIDB_CLUSTERS, type HoldfastWorld } from './holdfast-world.js';
import { eventCounts, incidentOf, jobRunsOf, latest, recordsOf } from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

let world: HoldfastWorld;

/** A cluster that lived with TiDB Operator before; then Holdfast is installed, and the operator is gone. */
beforeAll(async () => {
  world = await startHoldfastWorld();
  const backups = await Promise.all([
    world.createBackup({
      name: 'years-ago',
      policy: { maxRetryTimes: 5, retryTimeout: '1s', minRetryDuration: '1s' },
      script: [FAILING_POD, SUCCEEDING_POD],
    }),
    world.createBackup({ name: 'never-retried', policy: null, script: [FAILING_POD, SUCCEEDING_POD] }),
    world.createBackup({ name: 'went-well', script: [SUCCEEDING_POD] }),
    world.createBackup({ name: 'just-now', script: [FAILING_POD, SUCCEEDING_POD] }),
  ]);
  await Promise.all(backups.map(createJobAsTheOperator));
  const failedAtMs = await waitFor('the old Job has failed', () => failedAt('years-ago'));
  await waitFor('all Jobs have ended', () =>
    backups.every(({ metadata }) => jobRunsOf(world.journal, metadata.name)[0]?.outcome !== 'running'),
  );
  await waitFor('the failure is older than its retryTimeout', () => Date.now() > failedAtMs + 2_000);
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
  await waitFor(
    'the young failure is retried',
    () => incidentOf(world.journal, 'just-now')?.state === 'settled',
  );
});

afterAll(async () => {
  await world?.stop();
});

async function createJobAsTheOperator(backup: Backup): Promise<void> {
  const cluster = TidbCluster.parse(
    await world.call({ method: 'GET', path: `${TIDB_CLUSTERS}/${TIDB_CLUSTER}` }),
  );
  const images = { backupManager: 'ghcr.io/holdfast/holdfast-backup-manager:0.1.0' };
  const job = logBackupJob({ backup, cluster, command: 'log-start', attempt: 0, images });
  const { [ATTEMPT_LABEL]: _attempt, [OWNER_UID_LABEL]: _owner, ...labels } = { ...job.metadata.labels };
  const template = { ...job.spec.template, metadata: { ...job.spec.template.metadata, labels } };
  const body = { ...job, metadata: { ...job.metadata, labels }, spec: { ...job.spec, template } };
  await world.call({ method: 'POST', path: JOBS, body });
}

function failedAt(backup: string): number | undefined {
  const failed = world.journal
    .jobs(`backup-${backup}-log-start`)
    .at(-1)
    ?.object.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  return failed?.lastTransitionTime == null ? undefined : Date.parse(failed.lastTransitionTime);
}

for (const [what, name] of [
  ['a failure older than its retry time-out', 'years-ago'],
  ['a failure that nobody asked to retry', 'never-retried'],
  ['a success', 'went-well'],
] as const) {
  test(`${what} is left alone at first sight: no write, no Event, no workflow`, async () => {
    const writes = await writesOf(world.stack.controlPlane.auditLog, 'holdfast-worker');
    expect(writes.filter((write) => write.name.includes(name))).toEqual([]);
    expect(eventCounts(world.journal, name)).toEqual({});
    expect(jobRunsOf(world.journal, name)).toHaveLength(1);
    expect(latest(world.journal, name)?.metadata.annotations).not.toHaveProperty('holdfast.dev/incident');
    expect(await world.findWorkflows(`HoldfastResource = 'Backup/${name}'`)).toEqual([]);
  });
}

test('a failure within its retry time-out is retried from the Job that the operator made', async () => {
  expect(recordsOf(world.journal, 'just-now').map(({ retryNum }) => retryNum)).toEqual([1]);
  expect(jobRunsOf(world.journal, 'just-now').map(({ attempt }) => attempt)).toEqual([undefined, '1']);
  expect(eventCounts(world.journal, 'just-now')).toEqual({ RetryStarted: 1, RetrySucceeded: 1 });
});
