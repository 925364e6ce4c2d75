import { hostname, userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { CliFailure } from '../../src/cli/cli-failure.js';
import { requestBackup, type PersonalRequest } from '../../src/cli/request-backup.js';
import type { BackupRequest } from '../../src/temporal/send-request.js';
import { BACKUP_PATH, cliWorld, exhausted, JOB_PATH, jobObject, NOW, waitingForRetry } from './cli-world.js';

const question: PersonalRequest = {
  backup: { namespace: 'prod', name: 'orders' },
  request: { kind: 'retryNow' },
  argument: {},
  output: 'table',
};
const waiting = waitingForRetry();
const objects = { [BACKUP_PATH]: waiting.backup, [JOB_PATH]: waiting.job };

test('the workflow is asked in the name of the person at the computer, and the answer and its link are printed', async () => {
  const asked: BackupRequest[] = [];
  const { deps, data } = cliWorld({
    objects,
    environment: { HOLDFAST_TEMPORAL_UI: 'http://127.0.0.1:8233/', HOLDFAST_TASK_QUEUE: 'blue' },
    temporal: {
      request: async (request) => {
        asked.push(request);
        const answer = {
          summary: 'retry 2 of 5 at 2026-11-21T10:31:06Z',
          at: NOW,
          deletedPods: ['orders-x'],
        };
        return { workflowId: 'backup/prod/orders/0b7c1f5e', runId: 'run-1', answer };
      },
    },
  });
  const forced = { ...question, argument: { forceDeletePod: true }, note: 'node lost' };
  expect(await requestBackup(forced, deps)).toBe(0);
  expect(asked).toEqual([
    {
      input: {
        cluster: 'prod-eu',
        clusterUid: 'kube-uid',
        namespace: 'prod',
        name: 'orders',
        uid: '0b7c1f5e',
      },
      taskQueue: 'blue',
      update: 'retryNow',
      argument: { forceDeletePod: true, by: `${userInfo().username}@${hostname()}`, note: 'node lost' },
    },
  ]);
  expect(`\n${data()}\n`).toMatchInlineSnapshot(`
    "
    ANSWER         retry 2 of 5 at 2026-11-21T10:31:06Z
    AT             2026-11-21T10:31:06Z
    DELETED PODS   orders-x
    WORKFLOW ID    backup/prod/orders/0b7c1f5e
    RUN            run-1
    WEB UI         http://127.0.0.1:8233/namespaces/default/workflows/backup%2Fprod%2Forders%2F0b7c1f5e/run-1/history
    "
  `);
});

test('a dry run says what would be answered, and needs no Temporal', async () => {
  const { deps, data, said } = cliWorld({ objects, temporal: new Error('must not be reached') });
  expect(await requestBackup({ ...question, dryRun: true, output: 'json' }, deps)).toBe(0);
  expect(JSON.parse(data())).toEqual({
    workflowId: 'backup/prod/orders/0b7c1f5e',
    summary: 'retry 2 of 5 at 2026-11-21T10:31:06Z',
  });
  expect(said).toEqual(['dry run: nothing was asked for']);
});

test('a dry run of what would be refused is exit code 7 with the way out', async () => {
  const { deps } = cliWorld({ objects: { ...objects, [JOB_PATH]: jobObject({ attempt: 2 }) } });
  await expect(requestBackup({ ...question, dryRun: true }, deps)).rejects.toMatchObject({
    exitCode: 7,
    message: 'the Job runs: wait for its end',
  });
});

test('a Backup that does not exist is exit code 6', async () => {
  await expect(requestBackup(question, cliWorld().deps)).rejects.toMatchObject({ exitCode: 6 });
});

test('a refusal of the workflow ends the command', async () => {
  const refusal = new CliFailure('it is not stopped', { exitCode: 7 });
  const { deps } = cliWorld({
    objects,
    temporal: {
      request: async () => {
        throw refusal;
      },
    },
  });
  await expect(requestBackup(question, deps)).rejects.toBe(refusal);
});

test.each([
  ['Succeeded', 0],
  ['Failed', 1],
] as const)('with --wait, %s is exit code %i', async (outcome, exitCode) => {
  const ended = exhausted();
  const { deps, said } = cliWorld({
    objects: { [BACKUP_PATH]: ended.backup, [JOB_PATH]: ended.job },
    temporal: { outcomeOf: async () => ({ outcome, summary: 'because' }) },
  });
  expect(await requestBackup({ ...question, waitMs: 60_000 }, deps)).toBe(exitCode);
  expect(said.at(-1)).toBe(`${outcome}: because`);
});
