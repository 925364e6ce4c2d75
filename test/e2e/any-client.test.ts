import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import type { Backup } from '../../src/domain/backup/backup.js';
import { backupWorkflowId } from '../../src/domain/names.js';
import { ENDLESS_POD, FAILING_POD, SUCCEEDING_POD } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { eventCounts, incidentOf, jobRunsOf, latest, recordsOf } from './observations.js';
import { runHoldfast } from './run-holdfast.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

let world: HoldfastWorld;
let temporal: string;

/** No watch: nothing but the client starts a workflow here. */
beforeAll(async () => {
  world = await startHoldfastWorld();
  ({ temporal } = await ensureBinaries(['temporal']));
  const env = { ...world.stack.env, HOLDFAST_ROLES: 'orchestrator' };
  await startWorker(world.stack.group, { name: 'worker', env });
});

afterAll(async () => {
  await world?.stop();
});

/** The `temporal` command line, as the documentation of the workflow shows it. */
async function temporalWorkflow(command: string, args: readonly string[]): Promise<string> {
  const env = {
    TEMPORAL_ADDRESS: world.stack.env['TEMPORAL_ADDRESS'],
    HOME: world.stack.folder, // not the person's own Temporal profiles
  };
  const { stdout } = await execa(temporal, ['workflow', command, ...args], { env });
  return stdout;
}

async function startByCommandLine(workflowId: string, input: object | undefined): Promise<void> {
  await temporalWorkflow('start', [
    '--type',
    'superviseBackup',
    '--task-queue',
    'holdfast',
    '--workflow-id',
    workflowId,
    ...(input === undefined ? [] : ['--input', JSON.stringify(input)]),
  ]);
}

function inputFor({ metadata: { namespace, name, uid } }: Backup) {
  return { cluster: world.cluster, clusterUid: world.clusterUid, namespace, name, uid };
}

test('superviseBackup, started from the temporal command line, makes the first Job and retries it', async () => {
  const name = 'by-hand';
  const backup = await world.createBackup({ name, script: [FAILING_POD, SUCCEEDING_POD] });
  const workflowId = backupWorkflowId(backup.metadata);
  await startByCommandLine(workflowId, inputFor(backup));
  expect(await world.temporal.workflow.getHandle(workflowId).result()).toMatchObject({ outcome: 'Started' });
  await waitFor('the Job fails', () => jobRunsOf(world.journal, name)[0]?.outcome === 'failed');

  await startByCommandLine(workflowId, inputFor(backup));
  await waitFor('the retry completes', () => jobRunsOf(world.journal, name)[1]?.outcome === 'complete');
  // What the watch would say, had it the role.
  await temporalWorkflow('signal', ['--workflow-id', workflowId, '--name', 'nudge']);
  expect(await world.temporal.workflow.getHandle(workflowId).result()).toMatchObject({
    outcome: 'Succeeded',
  });
  expect(incidentOf(world.journal, name)?.state).toBe('settled');
  expect(recordsOf(world.journal, name).map(({ retryNum }) => retryNum)).toEqual([1]);
  expect(eventCounts(world.journal, name)).toEqual({ RetryStarted: 1, RetrySucceeded: 1 });
  const found = await world.findWorkflows(
    `HoldfastResource = 'Backup/${name}' AND HoldfastPhase = 'Succeeded'`,
  );
  expect(found.map((info) => info.workflowId)).toEqual([workflowId]);
});

test('a Backup that does not exist is no failure of the workflow', async () => {
  const metadata = { namespace: 'default', name: 'nobody', uid: '00000000-0000-4000-8000-000000000000' };
  const { cluster, clusterUid } = world;
  await startByCommandLine(backupWorkflowId(metadata), { cluster, clusterUid, ...metadata });
  expect(await world.temporal.workflow.getHandle(backupWorkflowId(metadata)).result()).toMatchObject({
    outcome: 'Left',
    summary: 'the Backup does not exist any more',
  });
});

const holdfast = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runHoldfast(world.stack, { args, env });

describe.concurrent('the exit code of the holdfast command line', () => {
  test('is 5 when a wait ends before the Job does, which goes on; and 7 for a retry while it runs', async () => {
    const name = 'endless';
    await world.createBackup({ name, script: [ENDLESS_POD] });
    const started = await holdfast(['backup', 'start', `default/${name}`, '--wait', '--timeout', '3s']);
    expect(started).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/^TimedOut: not settled in time, the work goes on: /m),
    });
    await waitFor('it runs', () => latest(world.journal, name)?.status.phase === 'Running');
    const before = latest(world.journal, name);
    expect(await holdfast(['backup', 'retry-now', `default/${name}`])).toEqual({
      exitCode: 7,
      stdout: '',
      stderr: 'holdfast: the Job runs: wait for its end',
    });
    expect(jobRunsOf(world.journal, name)).toMatchObject([{ outcome: 'running', deleted: false }]);
    expect(latest(world.journal, name)).toEqual(before);
  });

  test('is 5 when no worker answers a request in time', async () => {
    const name = 'unheard';
    await world.createBackup({ name, script: [FAILING_POD] });
    const asked = await holdfast(['backup', 'stop', `default/${name}`], { HOLDFAST_TASK_QUEUE: 'nobody' });
    expect(asked).toMatchObject({
      exitCode: 5,
      stdout: '',
      stderr: expect.stringMatching(/no worker has answered within 30s; 'holdfast doctor' tells why/),
    });
  });
});

/** The failure that ended a workflow, and how often its activity was tried. */
async function failureOf(workflowId: string): Promise<{ type: string | null | undefined; attempts: number }> {
  const handle = world.temporal.workflow.getHandle(workflowId);
  const failure = await handle.result().catch((caught: unknown) => caught);
  if (!(failure instanceof WorkflowFailedError))
    throw new Error(`the workflow did not fail: ${String(failure)}`);
  const { events } = await handle.fetchHistory();
  const attempts = (events ?? []).map(
    ({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes?.attempt ?? 0,
  );
  const { cause } = failure;
  const root = cause instanceof ActivityFailure ? cause.cause : cause;
  return {
    type: root instanceof ApplicationFailure ? root.type : undefined,
    attempts: Math.max(0, ...attempts),
  };
}

test('the UID of another cluster fails with WrongCluster, is not retried, and touches nothing', async () => {
  const name = 'elsewhere';
  const backup = await world.createBackup({ name, script: [SUCCEEDING_POD] });
  const workflowId = backupWorkflowId(backup.metadata);
  await startByCommandLine(workflowId, { ...inputFor(backup), clusterUid: 'another-cluster' });
  expect(await failureOf(workflowId)).toEqual({ type: 'WrongCluster', attempts: 1 });
  expect(jobRunsOf(world.journal, name)).toEqual([]);
});

const BAD_INPUTS = [
  { what: 'without the name of the Backup', input: { namespace: 'default', uid: 'x' }, withCluster: true },
  { what: 'with an empty UID', input: { namespace: 'default', name: 'orders', uid: '' }, withCluster: true },
  {
    what: 'without a cluster',
    input: { namespace: 'default', name: 'orders', uid: 'x' },
    withCluster: false,
  },
  { what: 'that is missing altogether', input: undefined, withCluster: false },
];

for (const { what, input, withCluster } of BAD_INPUTS) {
  test(`an input ${what} fails with InvalidInput, at once`, async () => {
    const { cluster, clusterUid } = world;
    const workflowId = `backup/bad-input/${what.replaceAll(' ', '-')}`;
    await startByCommandLine(
      workflowId,
      input === undefined ? undefined : { ...input, ...(withCluster && { cluster, clusterUid }) },
    );
    await waitFor('the workflow ends', async () => {
      const { status } = await world.temporal.workflow.getHandle(workflowId).describe();
      return status.name !== 'RUNNING';
    });
    expect((await failureOf(workflowId)).type).toBe('InvalidInput');
  });
}
