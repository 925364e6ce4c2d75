import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILING_POD, SILENTLY_FAILING_POD } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { conditionsOf, eventCounts, incidentOf, jobRunsOf, latest, recordsOf } from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

let world: HoldfastWorld;

beforeAll(async () => {
  world = await startHoldfastWorld();
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});

afterAll(async () => {
  await world?.stop();
});

test('a snapshot without an operator is created, retried as a restart, and settles as Complete', async () => {
  const backup = await world.createBackup({
    name: 'daily',
    spec: { backupMode: 'snapshot' },
    script: [
      SILENTLY_FAILING_POD,
      FAILING_POD,
      { kind: 'scripted', crWrites: ['Prepare', 'Running', 'Complete'] },
    ],
  });
  await waitFor(
    'the incident settles',
    () => incidentOf(world.journal, 'daily')?.state === 'settled',
    60_000,
  );
  await world.workflowOf(backup).result();
  const end = latest(world.journal, 'daily');
  expect(end?.status.phase).toBe('Complete');
  expect(end?.status.logSubCommandStatuses ?? {}).toEqual({});
  expect(conditionsOf(end)).toEqual(expect.arrayContaining(['Scheduled', 'Restart', 'Complete']));
  expect(conditionsOf(end)).not.toContain('Failed');
  expect(
    recordsOf(world.journal, 'daily').map(({ retryNum, retryReason }) => [retryNum, retryReason]),
  ).toEqual([
    [1, 'Job backup-daily has failed'],
    [2, 'Job backup-daily has failed'],
  ]);
  expect(jobRunsOf(world.journal, 'daily', 'snapshot').map(({ attempt }) => attempt)).toEqual([
    '0',
    '1',
    '2',
  ]);
  expect(eventCounts(world.journal, 'daily')).toEqual({ RetryStarted: 2, RetrySucceeded: 1 });
});

test('a snapshot runs in the pod of its Job, and says where it lies, when it was taken and how large it is', async () => {
  await world.createBackup({
    name: 'nightly',
    spec: { backupMode: 'snapshot' },
    script: [{ brSeconds: 0.2 }],
  });
  await waitFor(
    'the snapshot is Complete',
    () => latest(world.journal, 'nightly')?.status.phase === 'Complete',
    60_000,
  );
  expect(latest(world.journal, 'nightly')?.status).toMatchObject({
    backupPath: 's3://backups/nightly',
    commitTs: expect.stringMatching(/^\d{18}$/),
    backupSize: 1_572_864,
    backupSizeReadable: '1.6 MB',
    progresses: [{ step: 'Full Backup', progress: 100 }],
  });
  expect(conditionsOf(latest(world.journal, 'nightly'))).toEqual([
    'Scheduled',
    'Prepare',
    'Running',
    'Complete',
  ]);
});

test('the second pause of a log backup replaces the ended Job of the first', async () => {
  const script = [{ kind: 'scripted', crWrites: ['Prepare', 'Running', 'Complete'] }];
  const name = 'paused-twice';
  await world.createBackup({ name, script });
  const phaseIs = (phase: string, subcommand: string) =>
    waitFor(
      `${subcommand} makes it ${phase}`,
      () => {
        const { status } = latest(world.journal, name) ?? {};
        return status?.phase === phase && status.logSubCommandStatuses?.[subcommand]?.phase === 'Complete';
      },
      30_000,
    );
  await phaseIs('Running', 'log-start');
  for (const [logSubcommand, command, phase] of [
    ['log-pause', 'log-pause', 'Paused'],
    ['log-start', 'log-resume', 'Running'],
    ['log-pause', 'log-pause', 'Paused'],
  ] as const) {
    await world.patchBackup(name, { spec: { logSubcommand } });
    await phaseIs(phase, command);
  }
  expect(jobRunsOf(world.journal, name, 'log-pause')).toHaveLength(2);
  expect(jobRunsOf(world.journal, name, 'log-resume')).toHaveLength(1);
});
