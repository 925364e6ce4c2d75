import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import { parseTime } from '../../src/domain/time.js';
import { retryNow } from '../../src/workflows/messages.js';
import { copiedBuild, type TamperedBuild } from '../crash/tampered-build.js';
import { FAILING_POD, SUCCEEDING_POD } from '../e2e/backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from '../e2e/holdfast-world.js';
import { eventCounts, incidentOf, jobRunsOf, recordsOf } from '../e2e/observations.js';
import { waitFor } from '../e2e/wait-for.js';
import { startWorker } from '../e2e/worker-process.js';

/*
 * Workflows that a worker with the workflows of v0.1.0 began (their source is in v0.1.0/, never edited but for the paths
 * of imports) are carried on by a worker of today. What calls the API server is today's in both: between builds the
 * activities' names, inputs and results are wire contract, and what a workflow did stands in its history.
 */
const OLD_WORKFLOWS = fileURLToPath(new URL('./v0.1.0/index.ts', import.meta.url));

/** Its pod ends long after the old worker is gone. */
const LATE_POD = { ...SUCCEEDING_POD, afterMs: 25_000 };
const POLICY = { maxRetryTimes: 3, retryTimeout: '10h' };

let world: HoldfastWorld;
let old: TamperedBuild;
let backups: Readonly<Record<Name, Backup>>;
let runIds: Readonly<Record<Name, string>>;
let watchRunId: string;
let takenOverMs: number;
const NAMES = ['waiting', 'running', 'asked'] as const;
type Name = (typeof NAMES)[number];

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  const { code } = await bundleWorkflowCode({ workflowsPath: OLD_WORKFLOWS, logger });
  old = await copiedBuild((dist) => writeFile(join(dist, 'workflow-bundle.js'), code));
  world = await startHoldfastWorld();
  const { stack } = world;
  const worker = await startWorker(stack.group, { name: 'old', env: stack.env, program: old.program });
  const create = (name: Name, minRetryDuration: string, secondPod: object) =>
    world.createBackup({
      name,
      script: [FAILING_POD, secondPod],
      policy: { ...POLICY, minRetryDuration },
    });
  const running = await create('running', '1s', LATE_POD);
  await waitFor('its retry runs', () => jobRunsOf(world.journal, 'running')[1]?.outcome === 'running');
  // Last, so that their retries still wait when the new worker comes.
  const [waiting, asked] = [
    await create('waiting', '20s', SUCCEEDING_POD),
    await create('asked', '1h', SUCCEEDING_POD),
  ];
  backups = { waiting, running, asked };
  await waitFor('two retries wait', () => NAMES.every((name) => recordsOf(world.journal, name).length === 1));
  // The watch records a failure before it wakes the workflow: the run that created the Job may be the last one still.
  await waitFor('their workflows wait', async () =>
    (await statusesOf(['waiting', 'asked'])).every(isRunning),
  );
  runIds = {
    waiting: await runIdOf('waiting'),
    running: await runIdOf('running'),
    asked: await runIdOf('asked'),
  };
  watchRunId = (await watch().describe()).runId;
  await expectOldBuild();
  await worker.killHard();
  takenOverMs = Date.now();
  await startWorker(stack.group, { name: 'new', env: stack.env });
});

afterAll(async () => {
  await world?.stop();
  await old?.remove();
});

const watch = (runId?: string) => world.temporal.workflow.getHandle(`watch/${world.cluster}`, runId);
const statusesOf = (names: readonly Name[]) =>
  Promise.all(names.map(async (name) => (await world.workflowOf(backups[name]).describe()).status.name));
const isRunning = (status: string): boolean => status === 'RUNNING';
const runIdOf = async (name: Name) => (await world.workflowOf(backups[name]).describe()).runId;

/** v0.1.0 knows no requests of people. */
async function expectOldBuild(): Promise<void> {
  const answer = world.workflowOf(backups.asked).executeUpdate(retryNow, { args: [{}] });
  await expect(answer).rejects.toThrow(WorkflowUpdateFailedError);
}

async function failedTasksOf(handle: WorkflowHandle): Promise<unknown[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(({ workflowTaskFailedEventAttributes: task }) => task != null);
}

/** The workflow that the old worker began ended well, as the same run, without a task that failed. */
async function expectCarriedOn(name: Name): Promise<void> {
  const handle = world.temporal.workflow.getHandle(world.workflowOf(backups[name]).workflowId, runIds[name]);
  expect(await handle.result()).toMatchObject({ outcome: 'Succeeded' });
  expect(await failedTasksOf(handle)).toEqual([]);
  expect(jobRunsOf(world.journal, name).map(({ outcome }) => outcome)).toEqual(['failed', 'complete']);
  expect(recordsOf(world.journal, name)).toMatchObject([{ retryNum: 1 }]);
  expect(incidentOf(world.journal, name)).toMatchObject({ state: 'settled', retries: 1 });
  expect(eventCounts(world.journal, name)).toEqual({ RetryStarted: 1, RetrySucceeded: 1 });
}

test('a retry that waits is carried on to its success, at its time', async () => {
  await expectCarriedOn('waiting');
  const [record] = recordsOf(world.journal, 'waiting');
  const expectedMs = parseTime(record?.expectedRetryAt) ?? Number.NaN;
  expect(expectedMs).toBeGreaterThan(takenOverMs);
  expect(parseTime(record?.realRetryAt)).toBeGreaterThanOrEqual(expectedMs);
});

test('a retry whose Job runs is carried on to its success', () => expectCarriedOn('running'));

test('a retry that waits takes requests that the old build did not know', async () => {
  const { summary } = await world
    .workflowOf(backups.asked)
    .executeUpdate(retryNow, { args: [{ by: 'alice@laptop' }] });
  expect(summary).toMatch(/^retry 1 of 3 at /);
  await expectCarriedOn('asked');
});

test('the watch that the old worker began goes on as the same run', async () => {
  const { status, runId } = await watch().describe();
  expect([status.name, runId]).toEqual(['RUNNING', watchRunId]);
  expect(await failedTasksOf(watch(runId))).toEqual([]);
});
