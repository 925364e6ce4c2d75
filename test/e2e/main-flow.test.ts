import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import { watchWorkflowId } from '../../src/domain/names.js';
import { specHash } from '../../src/domain/spec-hash.js';
import { writesOf } from './audit-log.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import {
  conditionsOf,
  eventCounts,
  incidentOf,
  jobRunsOf,
  latest,
  recordsOf,
  revisionOfRealRetryAt,
} from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

const NAME = 'orders-log';
const BASE_MS = 1_000;
/** What a retry may cost in Temporal. */
const MAX_EVENTS_PER_RETRY = 24;
/** So long nothing may be written when nothing happens. */
const IDLE_MS = 10_000;

let world: HoldfastWorld;
let backup: Backup;
/** Visibility while the first retry waited. */
let waiting: { phase: unknown; nextActionAt: unknown } | undefined;
let settledAtMs: number;

beforeAll(async () => {
  world = await startHoldfastWorld();
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
  backup = await world.createBackup({
    name: NAME,
    policy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '1s' },
    script: [
      { kind: 'process', br: 'oom', oomKillAfterMs: 300 },
      { kind: 'process', br: 'storage-error', brSeconds: 0.2 },
      { kind: 'process', br: 'ok', brSeconds: 0.2 },
    ],
  });
  waiting = await waitFor('the first retry is found by its search attributes', findWaiting);
  await waitFor('the incident settles', () => incidentOf(world.journal, NAME)?.state === 'settled', 60_000);
  await world.workflowOf(backup).result();
  settledAtMs = Date.now();
});

afterAll(async () => {
  await world?.stop();
});

async function findWaiting(): Promise<typeof waiting> {
  const [found] = await world.findWorkflows(
    `HoldfastPhase = 'Waiting' AND HoldfastRetryNum = 1 AND HoldfastResource = 'Backup/${NAME}'`,
  );
  if (found === undefined) return undefined;
  const { searchAttributes } = found;
  return {
    phase: searchAttributes['HoldfastPhase']?.[0],
    nextActionAt: searchAttributes['HoldfastNextActionAt']?.[0],
  };
}

test('records each failure of a log backup with its times and its reason', () => {
  const records = recordsOf(world.journal, NAME);
  const times = { detectFailedAt: expect.any(String), expectedRetryAt: expect.any(String) };
  const common = {
    ...times,
    realRetryAt: expect.any(String),
    retryReason: `Job backup-${NAME}-log-start has failed`,
  };
  expect(records).toEqual([
    {
      ...common,
      retryNum: 1,
      originalReason: expect.stringMatching(/^OOMKilled \(container backup, exit code 137\)/),
    },
    {
      ...common,
      retryNum: 2,
      originalReason: expect.stringMatching(/^Error \(container backup, .*SlowDown/),
    },
  ]);
});

test('waits for the doubled backoff before each retry, and never less', () => {
  const runs = jobRunsOf(world.journal, NAME);
  const records = recordsOf(world.journal, NAME);
  expect(records).toHaveLength(2);
  for (const { retryNum, detectFailedAt = '', expectedRetryAt = '', realRetryAt = '' } of records) {
    const delayMs = Date.parse(expectedRetryAt) - Date.parse(detectFailedAt);
    expect(delayMs).toBe(BASE_MS * 2 ** (retryNum - 1));
    expect(Date.parse(realRetryAt)).toBeGreaterThanOrEqual(Date.parse(expectedRetryAt));
    const run = runs[retryNum];
    expect(run?.createdMs).toBeGreaterThanOrEqual(Date.parse(expectedRetryAt));
    expect(revisionOfRealRetryAt(world.journal, { backup: NAME, retryNum })).toBeLessThan(
      run?.createdRevision ?? 0,
    );
  }
});

test('runs one Job for each attempt and labels it so', () => {
  expect(jobRunsOf(world.journal, NAME).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    ['0', 'failed'],
    ['1', 'failed'],
    ['2', 'complete'],
  ]);
});

test('says each retry and the success once, as Events on the Backup', () => {
  expect(eventCounts(world.journal, NAME)).toEqual({ RetryStarted: 2, RetrySucceeded: 1 });
  const [first, second] = world.journal.events(NAME);
  expect(first?.message).toMatch(/^retry 1\/5 at \d\d:\d\d:\d\dZ \(in 1s\): OOMKilled/);
  expect(second?.message).toMatch(/^retry 2\/5 at \d\d:\d\d:\d\dZ \(in 2s\): Error .*SlowDown/);
});

test('leaves a running backup with a lasting Scheduled condition, without Failed, and a settled incident', () => {
  const settled = latest(world.journal, NAME);
  expect(settled?.status).toMatchObject({
    phase: 'Running',
    commitTs: expect.stringMatching(/^\d+$/),
    logSubCommandStatuses: { 'log-start': { phase: 'Complete' } },
  });
  expect(conditionsOf(settled)).toContain('Scheduled');
  expect(conditionsOf(settled)).not.toContain('Failed');
  const [first] = jobRunsOf(world.journal, NAME);
  const [, second] = jobRunsOf(world.journal, NAME);
  expect(incidentOf(world.journal, NAME)).toEqual({
    id: first?.uid,
    firstFailedAt: recordsOf(world.journal, NAME)[0]?.detectFailedAt,
    retries: 2,
    lastJobUid: second?.uid,
    specHash: specHash(backup.spec),
    state: 'settled',
    lastClass: 'storage_throttled',
  });
});

test('touches neither phase nor conditions while a retry waits', () => {
  for (const retryNum of [1, 2]) {
    const versions = world.journal.backups(NAME);
    const recorded = versions.findIndex(({ object }) => lastRetryNum(object) === retryNum);
    const before = versions[recorded - 1]?.object.status;
    const pending = versions.filter(
      ({ object }) =>
        lastRetryNum(object) === retryNum &&
        object.status.backoffRetryStatus?.at(-1)?.realRetryAt === undefined,
    );
    expect(pending.length).toBeGreaterThan(0);
    for (const { object } of pending) {
      expect(object.status).toEqual({ ...before, backoffRetryStatus: object.status.backoffRetryStatus });
    }
  }
});

function lastRetryNum({ status }: Backup): number | undefined {
  return status.backoffRetryStatus?.at(-1)?.retryNum;
}

test('the workflow is found by its search attributes, waiting and ended, and tells its outcome', async () => {
  const [record] = recordsOf(world.journal, NAME);
  expect(waiting).toEqual({ phase: 'Waiting', nextActionAt: new Date(record?.expectedRetryAt ?? 0) });
  const found = await waitFor('the ended workflow is listed', async () => {
    const query = `HoldfastCluster = '${world.cluster}' AND HoldfastNamespace = 'default' AND HoldfastPhase = 'Succeeded' AND HoldfastRetryNum = 2`;
    const listed = await world.findWorkflows(query);
    return listed.length > 0 && listed;
  });
  expect(found.map(({ workflowId, status }) => [workflowId, status.name])).toEqual([
    [`backup/default/${NAME}/${backup.metadata.uid}`, 'COMPLETED'],
  ]);
  expect(await world.workflowOf(backup).result()).toEqual({
    outcome: 'Succeeded',
    summary: `the backup succeeded after 2 retries; first failure at ${record?.detectFailedAt}`,
  });
});

test(`costs at most ${MAX_EVENTS_PER_RETRY} history events per retry`, async () => {
  const { events = [] } = await world.workflowOf(backup).fetchHistory();
  const restarts = (events ?? []).flatMap((event, index) =>
    event.activityTaskScheduledEventAttributes?.activityType?.name === 'restartJob' ? [index] : [],
  );
  expect(restarts).toHaveLength(2);
  const [first = 0, second = 0] = restarts;
  expect(second - first).toBeLessThanOrEqual(MAX_EVENTS_PER_RETRY);
});

test('an idle cluster costs no write to the API server and no Temporal action', async () => {
  const watch = world.temporal.workflow.getHandle(watchWorkflowId(world.cluster));
  const before = await watch.describe();
  // That nothing happens can only be seen by letting time pass.
  await delay(Math.max(0, settledAtMs + IDLE_MS - Date.now()));
  const writes = await writesOf(world.stack.controlPlane.auditLog, 'holdfast-worker');
  expect(writes.filter(({ atMs }) => atMs > settledAtMs)).toEqual([]);
  expect((await watch.describe()).historyLength).toBe(before.historyLength);
  const query = `ExecutionStatus = 'Running' AND WorkflowType = 'superviseBackup'`;
  expect(await world.findWorkflows(query)).toEqual([]);
});
