import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import { sendRequest } from '../../src/temporal/send-request.js';
import { SUCCEEDING_POD } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { jobRunsOf } from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

let world: HoldfastWorld;
let worker: WorkerProcess;
let healthy: Backup;

/** A healthy Backup has no workflow: whoever asks starts one, which closes as soon as it has answered. */
beforeAll(async () => {
  world = await startHoldfastWorld();
  worker = await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
  healthy = await world.createBackup({ name: 'healthy', script: [SUCCEEDING_POD] });
  await waitFor('its Job completes', () => jobRunsOf(world.journal, 'healthy')[0]?.outcome === 'complete');
  await world.workflowOf(healthy).result();
});

afterAll(async () => {
  await world?.stop();
});

const BECAUSE = {
  retryNow: 'the backup is healthy: nothing has failed',
  stopRetrying: 'no incident is open: there is nothing to stop',
} as const;

/** Asks for what makes no sense, and gives the words of the refusal. */
async function refusalOf(update: keyof typeof BECAUSE): Promise<string> {
  const { namespace, name, uid } = healthy.metadata;
  const { cluster, clusterUid, temporal } = world;
  const input = { cluster, clusterUid, namespace, name, uid };
  const error = await sendRequest(temporal, { input, taskQueue: 'holdfast', update, argument: {} }).then(
    ({ answer }) => new Error(`answered: ${answer.summary}`),
    (failure: unknown) => failure,
  );
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === 'RequestRefused') return cause.message;
  throw error;
}

/** Every run of this Backup has ended well, no task of any of them failed or was lost, and the worker has no complaint. */
async function expectCleanRuns(atLeast: number): Promise<void> {
  const { workflowId } = world.workflowOf(healthy);
  await world.workflowOf(healthy).result();
  const runs = await waitFor('all runs are found as completed', async () => {
    const found = await world.findWorkflows(`WorkflowId = '${workflowId}'`);
    return found.length >= atLeast && found.every(({ status }) => status.name === 'COMPLETED') && found;
  });
  for (const { runId } of runs) {
    const { events } = await world.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const bad = (events ?? []).filter(
      ({ workflowTaskFailedEventAttributes: failed, workflowTaskTimedOutEventAttributes: timedOut }) =>
        failed != null || timedOut != null,
    );
    expect(bad).toEqual([]);
  }
  const lines = (await worker.log()).split('\n');
  expect(lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual([]);
}

test('each request is answered by a run that closes right after, and the next one by the next run', async () => {
  for (const update of ['retryNow', 'stopRetrying', 'retryNow'] as const) {
    expect(await refusalOf(update)).toBe(BECAUSE[update]);
    expect(await world.workflowOf(healthy).result()).toMatchObject({ outcome: 'Left' });
  }
  await expectCleanRuns(4);
});

test('requests that meet a run while it closes are answered all the same', async () => {
  // Who asks again as soon as there is an answer comes while the run that gave it closes.
  const ask = async (update: keyof typeof BECAUSE) => {
    for (let times = 0; times < 10; times += 1) expect(await refusalOf(update)).toBe(BECAUSE[update]);
  };
  await Promise.all([ask('retryNow'), ask('stopRetrying'), ask('retryNow'), ask('stopRetrying')]);
  await expectCleanRuns(5);
});
