import { expect, test } from 'vitest';
import { CliFailure } from '../../../src/cli/cli-failure.js';
import { run } from '../../../src/cli/commands/backup-describe.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import { BACKUP_PATH, backupObject, cliWorld, JOB_PATH, waitingForRetry } from '../cli-world.js';

const backup = { namespace: 'prod', name: 'orders' };
const { backup: object, job } = waitingForRetry();
const objects = { [BACKUP_PATH]: object, [JOB_PATH]: job };
const openRun = async () => ({ workflowId: 'backup/prod/orders/0b7c1f5e', runId: 'run-1' });

test('JSON holds the whole report, the answer of the workflow included', async () => {
  const status = { phase: 'Waiting', summary: 'retry 2/5', retryNum: 2 } as const;
  const { deps, data, said } = cliWorld({
    objects,
    temporal: { openRun, incidentStatus: async () => status },
  });
  expect(await run({ backup, output: 'json' }, deps)).toBe(0);
  expect(JSON.parse(data())).toMatchObject({
    backup: { name: 'orders', retries: 2, maxRetries: 5 },
    storage: 's3://shop/orders',
    policy: '5 retries from 30s, within 2h',
    retriesEndAt: '2026-11-21T12:29:00Z',
    workflow: { runId: 'run-1', status },
    timeline: expect.arrayContaining([expect.objectContaining({ source: 'Record' })]),
  });
  expect(said).toEqual([]);
});

test('without Temporal the page comes from Kubernetes alone, and one line on stderr says so', async () => {
  const unreachable = new CliFailure('Temporal at temporal.internal:7233 does not answer', { exitCode: 8 });
  const { deps, data, said } = cliWorld({ objects, temporal: unreachable });
  expect(await run({ backup, output: 'table' }, deps)).toBe(0);
  expect(data()).toMatch(/NEXT ACTION {3}retry 2 of 5 at 2026-11-21 10:31:30Z \(in 24s\)$/);
  expect(said).toEqual(["without the workflow's view: Temporal at temporal.internal:7233 does not answer"]);
});

test('an open workflow that does not answer is told, and the page comes all the same', async () => {
  const { deps, data, said } = cliWorld({
    objects,
    temporal: {
      openRun,
      incidentStatus: async () => {
        throw new CliFailure('late', { exitCode: 8 });
      },
    },
  });
  expect(await run({ backup, output: 'table' }, deps)).toBe(0);
  expect(data()).toContain('(run run-1)');
  expect(said).toEqual([
    "the workflow is open but did not answer: does a worker run? 'holdfast doctor' tells",
  ]);
});

test('work that is due while no workflow is open points to the doctor', async () => {
  const { deps, said } = cliWorld({ objects: { [BACKUP_PATH]: backupObject() } });
  expect(await run({ backup, output: 'table' }, deps)).toBe(0);
  expect(said).toEqual([
    "a worker should act now, and no workflow is open: 'holdfast doctor' tells whether one runs",
  ]);
});

test('Events that may not be read are left out, and that is said', async () => {
  const refused = new ApiFailure({ operation: 'list events', status: 403, message: 'forbidden' });
  const { deps, said } = cliWorld({ objects: { ...objects, '/api/v1/namespaces/prod/events': refused } });
  expect(await run({ backup, output: 'table' }, deps)).toBe(0);
  expect(said).toEqual(['Events may not be read with these credentials: the timeline lacks them']);
});

test('a Backup that does not exist is exit code 6', async () => {
  await expect(run({ backup, output: 'table' }, cliWorld().deps)).rejects.toMatchObject({ exitCode: 6 });
});
