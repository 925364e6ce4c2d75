import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logJobName } from '../../src/domain/backup/log-job-name.js';
import {
  ENDLESS_POD,
  FAILING_POD,
  SILENTLY_FAILING_POD,
  SUCCEEDING_POD,
  type BackupWish,
} from './backup-manifest.js';
import { JOBS, startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import {
  conditionOf,
  conditionsOf,
  eventCounts,
  incidentOf,
  jobRunsOf,
  latest,
  recordsOf,
} from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const NOT_RETRIED = [
  { what: 'without a retry policy', name: 'no-policy', policy: null },
  { what: 'with maxRetryTimes 0', name: 'zero-retries', policy: { maxRetryTimes: 0 } },
  {
    what: 'that a person excluded by annotation',
    name: 'excluded',
    annotations: { 'holdfast.dev/retry': 'disabled' },
  },
];

let world: HoldfastWorld;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await startHoldfastWorld();
  worker = await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});

afterAll(async () => {
  await world?.stop();
});

/** Creates a Backup and waits until its incident is over and its workflow has ended. */
async function playToItsEnd(wish: BackupWish): Promise<{ outcome: string; summary: string }> {
  const backup = await world.createBackup(wish);
  await waitUntilSettled(wish.name);
  return await world.workflowOf(backup).result();
}

async function waitUntilSettled(name: string): Promise<void> {
  await waitFor(
    `the incident of ${name} settles`,
    () => incidentOf(world.journal, name)?.state === 'settled',
    60_000,
  );
}

describe.concurrent('a log backup', () => {
  test('that never succeeds ends as RetryExhausted, with the first and the last reason', async () => {
    const name = 'exhausted';
    const result = await playToItsEnd({
      name,
      policy: { maxRetryTimes: 2, retryTimeout: '2h', minRetryDuration: '1s' },
      script: [{ ...SILENTLY_FAILING_POD, oomKilled: true }, FAILING_POD, { ...FAILING_POD, exitCode: 3 }],
    });
    expect(result).toEqual({
      outcome: 'Failed',
      summary: expect.stringMatching(
        /^RetryExhausted: 2 of 2 retries used; last failure: Error .*exit code 3.*; first failure: OOMKilled/,
      ),
    });
    const ended = latest(world.journal, name);
    expect(ended?.status.phase).toBe('Failed');
    expect(conditionOf(ended, 'Failed')).toMatchObject({ status: 'True', reason: 'RetryExhausted' });
    expect(conditionsOf(ended)).toContain('Scheduled');
    expect(recordsOf(world.journal, name).map(({ retryNum }) => retryNum)).toEqual([1, 2]);
    expect(jobRunsOf(world.journal, name)).toHaveLength(3);
    expect(eventCounts(world.journal, name)).toEqual({ RetryStarted: 2, RetryExhausted: 1, BackupFailed: 1 });
  });

  test('whose next retry would start after the time-out ends at once as RetryTimeout', async () => {
    const name = 'timed-out';
    const startedMs = Date.now();
    const result = await playToItsEnd({
      name,
      policy: { maxRetryTimes: 5, retryTimeout: '40s', minRetryDuration: '60s' },
      script: [FAILING_POD],
    });
    expect(Date.now() - startedMs).toBeLessThan(40_000);
    expect(result.summary).toMatch(/^RetryTimeout: retry 1 would start at .*, after the time-out of 40s/);
    const ended = latest(world.journal, name);
    expect(ended?.status.phase).toBe('Failed');
    expect(conditionOf(ended, 'Failed')).toMatchObject({ reason: 'RetryTimeout' });
    expect(recordsOf(world.journal, name)).toEqual([]);
    expect(jobRunsOf(world.journal, name)).toHaveLength(1);
    expect(eventCounts(world.journal, name)).toEqual({ RetryExhausted: 1, BackupFailed: 1 });
  });

  test('that BR refuses for good ends at its first failure as PermanentFailure, its budget unused', async () => {
    const name = 'access-denied';
    const result = await playToItsEnd({ name, script: [{ kind: 'process', br: 'access-denied' }] });
    expect(result).toEqual({
      outcome: 'Failed',
      summary: expect.stringMatching(
        /^PermanentFailure: no retry can mend credentials_refused: .*; last failure: Error .*AccessDenied.*; failure class: credentials_refused$/,
      ),
    });
    const ended = latest(world.journal, name);
    expect(ended?.status.phase).toBe('Failed');
    expect(conditionOf(ended, 'Failed')).toMatchObject({ status: 'True', reason: 'PermanentFailure' });
    expect(conditionsOf(ended)).toContain('Scheduled');
    expect(incidentOf(world.journal, name)).toMatchObject({ retries: 0, lastClass: 'credentials_refused' });
    expect(recordsOf(world.journal, name)).toEqual([]);
    expect(jobRunsOf(world.journal, name)).toMatchObject([
      { attempt: '0', outcome: 'failed', deleted: false },
    ]);
    expect(eventCounts(world.journal, name)).toEqual({ BackupFailed: 1 });
  });

  for (const { what, ...wish } of NOT_RETRIED) {
    test(`${what} fails once, with reason JobFailed`, async () => {
      const result = await playToItsEnd({ ...wish, script: [FAILING_POD, SUCCEEDING_POD] });
      expect(result).toMatchObject({ outcome: 'Failed', summary: expect.stringMatching(/^JobFailed: /) });
      const { name } = wish;
      const ended = latest(world.journal, name);
      expect(ended?.status.phase).toBe('Failed');
      expect(conditionOf(ended, 'Failed')).toMatchObject({ reason: 'JobFailed' });
      expect(recordsOf(world.journal, name)).toEqual([]);
      expect(jobRunsOf(world.journal, name)).toHaveLength(1);
      expect(eventCounts(world.journal, name)).toEqual({ BackupFailed: 1 });
    });
  }

  test('whose Job somebody deletes while it runs is retried', async () => {
    const name = 'deleted-job';
    const backup = await world.createBackup({ name, script: [ENDLESS_POD, SUCCEEDING_POD] });
    await waitFor('it runs', () => latest(world.journal, name)?.status.phase === 'Running');
    await world.call({
      method: 'DELETE',
      path: `${JOBS}/${logJobName(name, 'log-start')}`,
      body: { propagationPolicy: 'Foreground' },
    });
    await waitUntilSettled(name);
    expect(await world.workflowOf(backup).result()).toMatchObject({ outcome: 'Succeeded' });
    expect(recordsOf(world.journal, name)).toEqual([
      expect.objectContaining({
        retryNum: 1,
        retryReason: `Job ${logJobName(name, 'log-start')} has failed`,
        originalReason: expect.stringContaining('deleted while the backup ran'),
      }),
    ]);
    const runs = jobRunsOf(world.journal, name);
    expect(runs.map(({ attempt, deleted }) => [attempt, deleted])).toEqual([
      ['0', true],
      ['1', false],
    ]);
    expect(runs[1]?.outcome).toBe('complete');
  });

  test('whose manager says Failed before its pod ends is recorded once, when the Job has failed', async () => {
    const name = 'said-failed';
    await playToItsEnd({
      name,
      // The manager writes Failed about as long before its pod ends as it takes to stop BR.
      script: [{ ...FAILING_POD, afterMs: 1_500 }, SUCCEEDING_POD],
    });
    expect(recordsOf(world.journal, name).map(({ retryNum }) => retryNum)).toEqual([1]);
    expect(eventCounts(world.journal, name)).toEqual({ RetryStarted: 1, RetrySucceeded: 1 });
    const [failed] = jobRunsOf(world.journal, name);
    const recorded = world.journal
      .backups(name)
      .find(({ object }) => (object.status.backoffRetryStatus ?? []).length === 1);
    const jobFailed = world.journal
      .jobs(logJobName(name, 'log-start'))
      .find(
        ({ object }) =>
          object.metadata.uid === failed?.uid &&
          object.status?.conditions?.some(({ type, status }) => type === 'Failed' && status === 'True'),
      );
    expect(recorded?.revision).toBeGreaterThan(jobFailed?.revision ?? Infinity);
    expect(conditionsOf(latest(world.journal, name))).not.toContain('Failed');
  });

  test('that succeeds and fails again later has its whole budget again', async () => {
    const name = 'second-incident';
    const policy = { maxRetryTimes: 1, retryTimeout: '2h', minRetryDuration: '1s' };
    await playToItsEnd({ name, policy, script: [FAILING_POD, SUCCEEDING_POD] });
    const first = incidentOf(world.journal, name);
    await world.patchBackup(name, { spec: { logSubcommand: 'log-stop' } });
    await waitFor('a second incident settles', () => {
      const incident = incidentOf(world.journal, name);
      return incident?.state === 'settled' && incident.id !== first?.id;
    });
    expect(latest(world.journal, name)?.status.phase).toBe('Stopped');
    expect(
      recordsOf(world.journal, name).map(({ retryNum, retryReason }) => [retryNum, retryReason]),
    ).toEqual([
      [1, `Job backup-${name}-log-start has failed`],
      [1, `Job backup-${name}-log-stop has failed`],
    ]);
    expect(jobRunsOf(world.journal, name, 'log-stop').map(({ attempt }) => attempt)).toEqual(['0', '1']);
    expect(eventCounts(world.journal, name)).toEqual({ RetryStarted: 2, RetrySucceeded: 2 });
  });

  test('that succeeds at once leaves no open workflow and no annotation', async () => {
    const name = 'healthy';
    const backup = await world.createBackup({ name, script: [SUCCEEDING_POD] });
    await waitFor('its Job completes', () => jobRunsOf(world.journal, name)[0]?.outcome === 'complete');
    expect(await world.workflowOf(backup).result()).toMatchObject({ outcome: 'Started' });
    await waitFor('no workflow of it is open', async () => {
      const open = await world.findWorkflows(
        `ExecutionStatus = 'Running' AND HoldfastResource = 'Backup/${name}'`,
      );
      return open.length === 0;
    });
    const runs = await world.findWorkflows(`HoldfastResource = 'Backup/${name}'`);
    expect(runs.map(({ status }) => status.name)).toEqual(['COMPLETED']);
    expect(latest(world.journal, name)?.metadata.annotations).not.toHaveProperty('holdfast.dev/incident');
    expect(recordsOf(world.journal, name)).toEqual([]);
    expect(eventCounts(world.journal, name)).toEqual({});
  });
});

/** What the guide's grep finds of a Backup in the log of the worker, in its order. */
async function retryLinesOf(name: string): Promise<unknown[]> {
  const { stdout } = await execa('grep', ['log backup.*retry'], { input: await worker.log() });
  return stdout
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter((line) => typeof line === 'object' && line !== null && 'backup' in line && line.backup === name);
}

describe('afterwards', () => {
  const oom = { namespace: 'default', reason: expect.stringContaining('OOMKilled') };
  const error = { namespace: 'default', reason: expect.stringMatching(/^Error /) };

  test('the log has one line for each recorded failure, each restart and the end', async () => {
    expect(await retryLinesOf('exhausted')).toMatchObject([
      { msg: 'log backup failed, retry recorded', attempt: 1, ...oom },
      { msg: 'log backup Job created again for its retry', attempt: 1, ...oom },
      { msg: 'log backup failed, retry recorded', attempt: 2, ...error },
      { msg: 'log backup Job created again for its retry', attempt: 2, ...error },
      { msg: 'log backup failed for good, no further retry', attempt: 2, end: 'RetryExhausted', ...error },
    ]);
    expect(await retryLinesOf('said-failed')).toMatchObject([
      { msg: 'log backup failed, retry recorded', attempt: 1, level: 'info', ...error },
      { msg: 'log backup Job created again for its retry', attempt: 1, ...error },
      { msg: 'log backup succeeded after retry', attempt: 1, end: 'Succeeded', ...error },
    ]);
    expect(await retryLinesOf('healthy')).toEqual([]);
  });

  test('the metrics have every Event that was written', async () => {
    const { text } = await worker.ask('/metrics');
    const written = (reason: string) =>
      new RegExp(`^holdfast_kubernetes_events_total{reason="${reason}",object="backup"} (\\d+)$`, 'm').exec(
        text,
      )?.[1];
    const names = ['exhausted', 'timed-out'];
    const told = names.map((name) => eventCounts(world.journal, name)['RetryExhausted'] ?? 0);
    expect(written('RetryExhausted')).toBe(String(told.reduce((sum, count) => sum + count, 0)));
    expect(written('BackupInvalid')).toBe('0');
  });
});
