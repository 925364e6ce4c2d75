import { expect, test } from 'vitest';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import { interceptedApi } from '../../kubernetes/intercepted-api.js';
import { CliFailure } from '../../../src/cli/cli-failure.js';
import { run } from '../../../src/cli/commands/backup-describe.js';
import type { AuditEntry } from '../../../src/workflows/messages.js';
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

/** A person added to the budget. */
const lastRequest = {
  id: 'u1',
  kind: 'extendBudget',
  at: '2026-11-21T10:30:45Z',
  by: 'alice@laptop',
  note: 'the bucket is back',
  summary: 'the budget is now 8 retries within 3h30m',
};
const ofAlice = {
  at: lastRequest.at,
  request: { kind: 'extendBudget', by: 'alice@laptop', note: 'the bucket is back' },
  result: 'applied',
  answer: lastRequest.summary,
} satisfies AuditEntry;
const extended = {
  ...objects,
  [BACKUP_PATH]: waitingForRetry({ lastRequest, extended: { retries: 3, timeoutMs: 5_400_000 } }).backup,
};

test('an extended budget and the last request are told from the Backup alone', async () => {
  const { deps, data } = cliWorld({ objects: extended });
  expect(await run({ backup, output: 'table' }, deps)).toBe(0);
  expect(data()).toMatch(
    /^Incident {7}open; .*; 2 of 8 retries used, extended by 3 retries and 1h30m; no retry after 2026-11-21 13:59:00Z/m,
  );
  expect(data()).toMatch(
    /10:30:45Z {2}21s ago {5}Request {4}extendBudget by alice@laptop \(the bucket is back\): the budget is now 8 retries within 3h30m$/m,
  );
});

test('JSON has the requests that the workflow knows, refused ones included, and each of them once', async () => {
  const refused: AuditEntry = {
    at: '2026-11-21T10:30:40Z',
    request: { kind: 'resumeRetrying', by: 'bob@laptop' },
    result: 'refused',
    answer: 'it is not stopped',
  };
  const audit = [refused, { ...ofAlice, request: { ...ofAlice.request, retries: 3, timeoutMs: 5_400_000 } }];
  const report = async (known: readonly AuditEntry[] | undefined): Promise<unknown> => {
    const waiting = { phase: 'Waiting', summary: 'retry 2/8', retryNum: 2 } as const;
    const incidentStatus = async () => ({ ...waiting, ...(known !== undefined && { audit: known }) });
    const { deps, data } = cliWorld({ objects: extended, temporal: { openRun, incidentStatus } });
    expect(await run({ backup, output: 'json' }, deps)).toBe(0);
    return JSON.parse(data());
  };
  expect(await report(audit)).toMatchObject({ requests: audit });
  expect(await report(undefined)).toMatchObject({
    backup: { incident: { extended: { retries: 3, timeoutMs: 5_400_000 } }, maxRetries: 8 },
    requests: [ofAlice],
  });
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

test('Events on the Job of an older Backup of the same name are no part of the story', async () => {
  const jobEvent = (message: string, lastTimestamp: string) => ({
    metadata: { creationTimestamp: lastTimestamp },
    involvedObject: { kind: 'Job', name: 'backup-orders-log-start' },
    reason: 'SuccessfulCreate',
    message,
    lastTimestamp,
  });
  const events = {
    '/api/v1/namespaces/prod/events/a': jobEvent('of another', '2026-11-21T10:00:05Z'),
    '/api/v1/namespaces/prod/events/b': jobEvent('of this one', '2026-11-21T10:00:06Z'),
  };
  const { deps, data } = cliWorld({ objects: { ...objects, ...events } });
  expect(await run({ backup, output: 'table' }, deps)).toBe(0);
  expect(data()).toContain('of this one');
  expect(data()).not.toContain('of another');
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

test('while the API server is away, what the workflow says of it is told before the failure', async () => {
  const apiServerAway = { since: '2026-11-21T10:20:00Z', attempt: 7, message: 'no answer: ECONNREFUSED' };
  const { deps, said } = cliWorld({
    temporal: {
      openRunsUnder: async (prefix) => [{ workflowId: `${prefix}0b7c1f5e`, runId: 'run-1' }],
      incidentStatus: async () => ({
        phase: 'Restarting',
        summary: 'restarting the Job for retry 2',
        retryNum: 2,
        apiServerAway,
      }),
    },
  });
  const access = await deps.kubernetes();
  const away = new ApiFailure({ operation: 'get Backup prod/orders', reason: 'ECONNREFUSED', message: 'no' });
  const api = interceptedApi(access.api, {
    before: () => {
      throw away;
    },
  });
  const withoutServer = { ...deps, kubernetes: async () => ({ ...access, api }) };
  await expect(run({ backup, output: 'table' }, withoutServer)).rejects.toBe(away);
  expect(said).toEqual([
    'workflow backup/prod/orders/0b7c1f5e: Restarting: restarting the Job for retry 2',
    'the workflow says: API server away since 2026-11-21T10:20:00Z, attempt 7: no answer: ECONNREFUSED',
  ]);
});

test('an API server that the workflow waits for stands above the next action', async () => {
  const apiServerAway = { since: '2026-11-21T10:20:00Z', attempt: 7, message: 'etcdserver: no leader' };
  const incidentStatus = async () => ({
    phase: 'Waiting' as const,
    summary: 'retry 2/5',
    retryNum: 2,
    apiServerAway,
  });
  const { deps, data } = cliWorld({ objects, temporal: { openRun, incidentStatus } });
  await run({ backup, output: 'table' }, deps);
  expect(data()).toMatch(
    /API SERVER {4}the workflow says: API server away since 2026-11-21T10:20:00Z, attempt 7: etcdserver: no leader\nNEXT ACTION/,
  );
});
