import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import { sendRequest } from '../../src/temporal/send-request.js';
import { superviseBackupStart } from '../../src/temporal/supervise-backup-start.js';
import {
  extendBudget,
  nudge,
  retryNow,
  status,
  stopRetrying,
  type RequestResult,
} from '../../src/workflows/messages.js';
import type { superviseBackup } from '../../src/workflows/supervise-backup.js';
import { createSupervisedCluster, type RunEnd, type SupervisedCluster } from './supervised-cluster.js';
import { createTestWorkers, holdTime, startTimeSkippingServer } from './time-skipping-server.js';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server.teardown());

const POLICY = { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '1h' };
const ALICE = { by: 'alice@laptop', note: 'the bucket is back' };

/** One Backup, its workers, and what the watch and people do. */
interface Scene {
  readonly cluster: SupervisedCluster;
  readonly taskQueue: string;
  start(): Promise<WorkflowHandle<typeof superviseBackup>>;
  /** Starts the workflow, and waits until its retry is pending. */
  waiting(): Promise<WorkflowHandle<typeof superviseBackup>>;
  /** Update-with-start, as the CLI sends it. */
  ask(request: 'retryNow' | 'resumeRetrying', argument: object): Promise<RequestResult>;
}

async function play(
  story: (scene: Scene) => Promise<void>,
  { ends, policy = POLICY }: { ends: readonly RunEnd[]; policy?: object },
): Promise<void> {
  const cluster = createSupervisedCluster(ends, policy);
  const taskQueue = `holdfast-${randomUUID()}`;
  const { input, activities } = cluster;
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  const options = {
    ...superviseBackupStart(input),
    workflowId: `${superviseBackupStart(input).workflowId}/${taskQueue}`,
    taskQueue,
  };
  const start = () =>
    server.client.workflow.signalWithStart<typeof superviseBackup>('superviseBackup', {
      ...options,
      signal: nudge,
    });
  cluster.onJobEnd({ nudge: start, holdTime: () => holdTime(server) });
  const waiting = async () => {
    const handle = await start();
    await expect.poll(async () => (await handle.query(status)).phase, { timeout: 20_000 }).toBe('Waiting');
    return handle;
  };
  const ask: Scene['ask'] = (request, argument) =>
    server.client.workflow.executeUpdateWithStart<typeof superviseBackup, RequestResult, [object]>(request, {
      args: [argument],
      startWorkflowOperation: new WithStartWorkflowOperation<typeof superviseBackup>('superviseBackup', {
        ...options,
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    });
  await workers.runUntil(() => story({ cluster, taskQueue, start, waiting, ask }));
}

/** Why an update was refused: the type and the words. */
async function refusalOf(update: Promise<unknown>): Promise<{ type: unknown; message: string }> {
  const error = await update.then(
    (answer) => new Error(`answered: ${JSON.stringify(answer)}`),
    (failure: unknown) => failure,
  );
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { type: cause.type, message: cause.message };
  throw new Error(`not an application failure: ${String(error)}`);
}

describe('extendBudget', () => {
  test('gives retries beyond the policy', () =>
    play(
      async ({ cluster, waiting }) => {
        const handle = await waiting();
        const { summary } = await handle.executeUpdate(extendBudget, {
          args: [{ retries: 2, timeout: '100h', ...ALICE }],
        });
        expect(summary).toBe('the budget is now 3 retries within 102h');
        await expect(handle.result()).resolves.toMatchObject({ outcome: 'Failed' });
        expect(cluster.attempts).toEqual(['0', '1', '2', '3']);
      },
      { ends: ['fails'], policy: { ...POLICY, maxRetryTimes: 1 } },
    ));
});

describe('retryNow', () => {
  test('starts the pending retry at once, and says who asked', () =>
    play(
      async ({ cluster, waiting }) => {
        const handle = await waiting();
        const answer = await handle.executeUpdate(retryNow, { args: [ALICE] });
        expect(answer.summary).toMatch(/^retry 1 of 5 at /);
        await expect.poll(() => cluster.attempts, { timeout: 20_000 }).toEqual(['0', '1']);
        const { audit } = await handle.query(status);
        expect(audit).toEqual([
          {
            at: answer.at,
            request: { kind: 'retryNow', ...ALICE },
            result: 'applied',
            answer: answer.summary,
          },
        ]);
        await handle.terminate();
      },
      { ends: ['fails', 'runs'] },
    ));

  test('is refused while the Job runs, and the refusal is kept', () =>
    play(
      async ({ cluster, waiting }) => {
        const handle = await waiting();
        await handle.executeUpdate(retryNow, { args: [{}] });
        await expect.poll(() => cluster.attempts, { timeout: 20_000 }).toEqual(['0', '1']);
        expect(await refusalOf(handle.executeUpdate(retryNow, { args: [ALICE] }))).toEqual({
          type: 'RequestRefused',
          message: 'the Job runs: wait for its end',
        });
        expect((await handle.query(status)).audit).toMatchObject([
          { result: 'applied' },
          { result: 'refused', answer: 'the Job runs: wait for its end' },
        ]);
        await handle.terminate();
      },
      { ends: ['fails', 'runs'] },
    ));

  test('reopens an exhausted incident in a run of its own', () =>
    play(
      async ({ cluster, start, ask }) => {
        await expect((await start()).result()).resolves.toMatchObject({ outcome: 'Failed' });
        const answer = await ask('retryNow', ALICE);
        expect(answer.summary).toMatch(/^retry 2 of 2 at /);
        await expect.poll(() => cluster.attempts, { timeout: 20_000 }).toEqual(['0', '1', '2']);
        await expect((await start()).result()).resolves.toMatchObject({ outcome: 'Succeeded' });
        expect(cluster.backup().status.backoffRetryStatus?.map(({ retryNum }) => retryNum)).toEqual([1, 2]);
        expect(readIncident(cluster.backup())).toMatchObject({ state: 'settled', extended: { retries: 1 } });
      },
      { ends: ['fails', 'fails', 'completes'], policy: { ...POLICY, maxRetryTimes: 1 } },
    ));

  test('is refused for a healthy Backup, after which the run that it started ends', () =>
    play(
      async ({ cluster, start, ask }) => {
        await (await start()).result();
        await expect
          .poll(() => cluster.backup().status.logSubCommandStatuses?.['log-start']?.phase)
          .toBe('Complete');
        expect(await refusalOf(ask('retryNow', {}))).toEqual({
          type: 'RequestRefused',
          message: 'the backup is healthy: nothing has failed',
        });
        await expect((await start()).result()).resolves.toMatchObject({ outcome: 'Left' });
      },
      { ends: ['completes'] },
    ));
});

describe('stopRetrying and resumeRetrying', () => {
  test('end the incident at once, and go on with the retry that was pending', () =>
    play(
      async ({ cluster, waiting, ask, start }) => {
        const handle = await waiting();
        await handle.executeUpdate(stopRetrying, { args: [ALICE] });
        await handle.result();
        const failed = cluster.backup().status.conditions?.find(({ type }) => type === 'Failed');
        expect(failed).toMatchObject({
          reason: 'RetryStopped',
          message:
            'stopped after 1 of 5 retries by alice@laptop (the bucket is back); last failure: BackoffLimitExceeded',
        });
        expect(cluster.eventReasons()).toEqual(['BackupFailed', 'RetryStarted']);
        await (await start()).result();
        expect(cluster.attempts).toEqual(['0']);

        const { summary } = await ask('resumeRetrying', {});
        expect(summary).toMatch(/^retry 1 of 5 at /);
        await (await start()).result();
        expect(cluster.attempts).toEqual(['0', '1']);
        expect(readIncident(cluster.backup())?.state).toBe('settled');
      },
      { ends: ['fails', 'completes'] },
    ));

  test('a Job that runs when it is stopped runs on, and its failure is the end', () =>
    play(
      async ({ cluster, waiting, start }) => {
        const handle = await waiting();
        await handle.executeUpdate(retryNow, { args: [{}] });
        await expect.poll(() => cluster.attempts, { timeout: 20_000 }).toEqual(['0', '1']);
        await handle.executeUpdate(stopRetrying, { args: [ALICE] });
        await expect(handle.result()).resolves.toMatchObject({ outcome: 'Left' });
        await cluster.endJob('fails');
        await expect((await start()).result()).resolves.toMatchObject({
          summary: expect.stringMatching(/RetryStopped|settled/),
        });
        const { status: written } = cluster.backup();
        expect(written.conditions?.find(({ type }) => type === 'Failed')?.reason).toBe('RetryStopped');
        expect(cluster.attempts).toEqual(['0', '1']);
      },
      { ends: ['fails', 'runs'] },
    ));
});

describe('what no client should send', () => {
  test.each([
    [
      'extendBudget',
      { retries: 'many' },
      'extendBudget.retries: received "many", expected a whole number from 1 to 1000',
    ],
    [
      'extendBudget',
      { timeout: '30' },
      'extendBudget.timeout: received "30", expected a positive Go duration',
    ],
    ['extendBudget', {}, 'extendBudget: received {}, expected retries, timeout or both'],
    ['retryNow', { force: true }, 'retryNow.force: received true, expected one of forceDeletePod, by, note'],
    ['stopRetrying', 'now', 'stopRetrying: received "now", expected an object with by, note'],
  ])('%s %j is refused before it costs history', (update, argument, message) =>
    play(
      async ({ waiting }) => {
        const handle = await waiting();
        const refusal = await refusalOf(
          handle.executeUpdate<unknown, [unknown]>(update, { args: [argument] }),
        );
        expect(refusal.type).toBe('InvalidInput');
        expect(refusal.message).toContain(message);
        expect((await handle.query(status)).audit).toBeUndefined();
        await handle.terminate();
      },
      { ends: ['fails', 'runs'] },
    ),
  );
});

// Last of all: a run that closes right after a refused update leaves a task with the test server, which stops its clock.
test.each(['retryNow', 'extendBudget', 'stopRetrying', 'resumeRetrying'] as const)(
  '%s with the start of a workflow whose input is incomplete is told what is missing',
  (update) =>
    play(
      async ({ cluster, taskQueue }) => {
        const input = { ...cluster.input, uid: '' };
        const question = { input, taskQueue, update, argument: {} } as const;
        const refusal = await refusalOf(sendRequest(server.client, question));
        expect(refusal.type).toBe('InvalidInput');
        expect(refusal.message).toBe('the input lacks uid: each must be a non-empty string');
      },
      { ends: ['runs'] },
    ),
);

test('a Backup that nobody supervises is asked through a run that the request starts', () =>
  play(
    async ({ cluster, taskQueue }) => {
      const question = { input: cluster.input, taskQueue, update: 'stopRetrying', argument: ALICE } as const;
      expect(await refusalOf(sendRequest(server.client, question))).toEqual({
        type: 'RequestRefused',
        message: 'no incident is open: there is nothing to stop',
      });
    },
    { ends: ['completes'] },
  ));
