import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupCommand } from '../../src/domain/backup/backup-command.js';
import { SCRIPT_ANNOTATION } from '../../dev/node-agent/pod-script.js';
import { FAILING_POD, SILENTLY_FAILING_POD, SUCCEEDING_POD } from '../e2e/backup-manifest.js';
import {
  conditionOf,
  conditionsOf,
  eventCounts,
  incidentOf,
  jobRunsOf,
  latest,
  recordsOf,
} from '../e2e/observations.js';
import { waitFor } from '../e2e/wait-for.js';
import {
  jobWritesOf,
  letTwoResyncsPass,
  meddlingWith,
  startPeerWorld,
  waitUntilSettled,
  type PeerWorld,
} from './peer-world.js';
import { HIDING_SELECTOR, OPERATOR } from './tidb-operator.js';

const RESYNC_MS = 2_000;
/** Longer than the operator's resync: it looks at everything while the retry waits. */
const POLICY = { maxRetryTimes: 3, retryTimeout: '2h', minRetryDuration: '3s' };
const KILLED_POD = { ...SILENTLY_FAILING_POD, oomKilled: true };
const LATER_COMMANDS = [
  { name: 'paused', command: 'log-pause', phase: 'Paused' },
  { name: 'stopped', command: 'log-stop', phase: 'Stopped' },
] as const;
/**
 * No PD answers here: a started log backup makes the operator reconcile it again some seconds later, whatever it is at
 * by then, and a Job that has failed by then is deleted. One that still runs is left alone.
 */
const LATE_KILLED_POD = { ...KILLED_POD, afterMs: 12_000 };
/**
 * The operator comes back later after each look at PD that failed: after four it is 8 s, and this Job has failed by
 * then. Its retry waits for longer.
 */
const DELETED = { name: 'deleted', command: 'log-pause', failedLooks: 3 } as const;

let world: PeerWorld;

beforeAll(async () => {
  world = await startPeerWorld([
    `-resync-duration=${RESYNC_MS}ms`,
    '-kube-client-qps=100',
    '-kube-client-burst=200',
    HIDING_SELECTOR,
  ]);
  await Promise.all([
    world.createBackup({ name: 'killed', policy: POLICY, script: [KILLED_POD, SUCCEEDING_POD] }),
    world.createBackup({ name: 'said-failed', policy: POLICY, script: [FAILING_POD, SUCCEEDING_POD] }),
    world.createBackup({
      name: 'hopeless',
      policy: { ...POLICY, maxRetryTimes: 1 },
      script: [KILLED_POD],
    }),
    world.createBackup({ name: 'no-policy', policy: null, script: [KILLED_POD] }),
    world.createBackup({ name: 'zero-retries', policy: { maxRetryTimes: 0 }, script: [KILLED_POD] }),
    world.createBackup({
      name: 'snapshot',
      policy: { maxRetryTimes: 1, retryTimeout: '30m', minRetryDuration: '1s' },
      script: [KILLED_POD],
      spec: { backupMode: 'snapshot' },
    }),
  ]);
  await Promise.all([
    ...LATER_COMMANDS.map((later) => startAndCommand({ ...later, firstPod: LATE_KILLED_POD })),
    startAndCommand({ ...DELETED, firstPod: KILLED_POD, policy: { ...POLICY, minRetryDuration: '15s' } }),
  ]);
  const commanded = [...LATER_COMMANDS, DELETED].map(({ name }) => name);
  const settling = ['killed', 'said-failed', 'hopeless', ...commanded];
  await Promise.all(settling.map((name) => waitUntilSettled(world, name)));
  await waitFor('the operator gives the snapshot up', () => phaseOf('snapshot') === 'Failed', 60_000);
  await letTwoResyncsPass(RESYNC_MS);
});

afterAll(async () => {
  await world?.stop();
});

interface Commanded {
  readonly name: string;
  readonly command: BackupCommand;
  readonly firstPod: object;
  readonly policy?: object;
  /** How often the operator must have looked for PD in vain before. */
  readonly failedLooks?: number;
}

/** A log backup that starts well, and at once gets a command whose first pod is killed. */
async function startAndCommand(commanded: Commanded): Promise<void> {
  const { name, command, firstPod, policy = POLICY, failedLooks = 0 } = commanded;
  await world.createBackup({ name, policy, script: [SUCCEEDING_POD] });
  await waitFor(`${name} runs`, () => latest(world.journal, name)?.status['commitTs'] !== undefined);
  await waitFor(
    `the operator looks for PD in vain for ${name}`,
    async () => (await failedLooksOf(name)) >= failedLooks,
    60_000,
  );
  await world.patchBackup(name, {
    metadata: { annotations: { [SCRIPT_ANNOTATION]: JSON.stringify([firstPod, SUCCEEDING_POD]) } },
    spec: { logSubcommand: command },
  });
}

async function failedLooksOf(name: string): Promise<number> {
  const log = await readFile(join(world.stack.folder, 'logs', `${OPERATOR}.log`), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes(`default/${name}, sync failed, err: query log backup`)).length;
}

const phaseOf = (name: string) => latest(world.journal, name)?.status.phase;

describe.each([
  ['whose pod is killed without a word', 'killed'],
  ['whose manager wrote Failed, which the operator never retries', 'said-failed'],
])('a log backup %s', (_what, name) => {
  test("is retried by us, from the operator's own Job, to its success", () => {
    expect(jobRunsOf(world.journal, name).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [undefined, 'failed'],
      ['1', 'complete'],
    ]);
    expect(recordsOf(world.journal, name)).toEqual([
      expect.objectContaining({ retryNum: 1, realRetryAt: expect.any(String) }),
    ]);
    expect(eventCounts(world.journal, name)).toMatchObject({ RetryStarted: 1, RetrySucceeded: 1 });
    expect(phaseOf(name)).toBe('Running');
    expect(conditionsOf(latest(world.journal, name))).not.toContain('Failed');
  });

  test('keeps the template of the operator', () => {
    const [first, second] = ['failed', 'complete'].map((outcome) => {
      const run = jobRunsOf(world.journal, name).find((found) => found.outcome === outcome);
      return world.journal
        .jobs(`backup-${name}-log-start`)
        .find(({ object }) => object.metadata.uid === run?.uid)?.object.spec['template'];
    });
    expect(first).toMatchObject({ spec: { containers: [{ name: 'backup' }] } });
    expect(withoutJobLabels(second)).toEqual(withoutJobLabels(first));
  });

  test('is not touched by the operator between its failure and two resyncs after its end', async () => {
    expect(await meddlingWith(world, name)).toEqual([]);
    expect(jobWritesOf(await world.operatorWrites(name))).toEqual(['create']);
    expect(jobWritesOf(await world.ourWrites(name))).toEqual(['delete', 'create']);
  });
});

/** The labels that tell one Job from the next, and the selector of them, are what differs. */
function withoutJobLabels(spec: unknown): unknown {
  return JSON.parse(JSON.stringify(spec), (key: string, value: unknown) =>
    key === 'labels' || key === 'selector' ? undefined : value,
  );
}

test('a log backup that never succeeds ends as Failed and stays so', async () => {
  const ended = latest(world.journal, 'hopeless');
  expect(ended?.status.phase).toBe('Failed');
  expect(conditionOf(ended, 'Failed')).toMatchObject({ reason: 'RetryExhausted' });
  expect(conditionsOf(ended)).toContain('Scheduled');
  expect(jobRunsOf(world.journal, 'hopeless')).toHaveLength(2);
  expect(await meddlingWith(world, 'hopeless')).toEqual([]);
  expect(jobWritesOf(await world.operatorWrites('hopeless'))).toEqual(['create']);
});

test.each(['no-policy', 'zero-retries'])(
  'a failed log backup without retries (%s) is left to the operator: we write nothing',
  async (name) => {
    expect(jobRunsOf(world.journal, name).map(({ outcome }) => outcome)).toEqual(['failed']);
    expect(await world.ourWrites(name)).toEqual([]);
    expect(incidentOf(world.journal, name)).toBeUndefined();
  },
);

test('a snapshot backup that the operator owns is retried by it: we write nothing', async () => {
  expect(await world.ourWrites('snapshot')).toEqual([]);
  expect(jobWritesOf(await world.operatorWrites('snapshot'))).toEqual(['create', 'delete', 'create']);
  expect(conditionOf(latest(world.journal, 'snapshot'), 'Failed')).toMatchObject({ reason: 'AlreadyFailed' });
});

describe.each(LATER_COMMANDS)(
  'the operator starts $command, and its Job fails',
  ({ name, command, phase }) => {
    const job = `backup-${name}-${command}`;

    test('we retry it, and the operator leaves it alone', async () => {
      const runs = jobRunsOf(world.journal, name, command);
      expect(runs.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
        [undefined, 'failed'],
        ['1', 'complete'],
      ]);
      expect(recordsOf(world.journal, name)).toEqual([
        expect.objectContaining({ retryNum: 1, retryReason: `Job ${job} has failed` }),
      ]);
      expect(await meddlingWith(world, name)).toEqual([]);
      expect(jobWritesOf(await world.operatorWrites(job))).toEqual(['create']);
      expect(phaseOf(name)).toBe(phase);
    });
  },
);

test('a failed Job that the operator deletes while its retry waits is retried from its own template', async () => {
  const { name, command } = DELETED;
  const job = `backup-${name}-${command}`;
  expect(jobWritesOf(await world.operatorWrites(job))).toEqual(['create', 'delete']);
  expect(jobWritesOf(await world.ourWrites(job))).toEqual(['create']);
  const [failed, retried] = jobRunsOf(world.journal, name, command).map(
    ({ uid }) => world.journal.jobs(job).find(({ object }) => object.metadata.uid === uid)?.object,
  );
  expect(retried?.metadata.labels).toMatchObject({ 'holdfast.dev/attempt': '1' });
  expect(retried?.metadata.annotations).toEqual(failed?.metadata.annotations);
  expect(withoutJobLabels(retried?.spec)).toEqual(withoutJobLabels(failed?.spec));
  expect(recordsOf(world.journal, name)).toEqual([expect.objectContaining({ retryNum: 1 })]);
  expect(phaseOf(name)).toBe('Paused');
});

test("our annotation outlives the operator's writes, which drop every field that it does not know", async () => {
  const first = incidentOf(world.journal, 'killed');
  const settledRevision = world.journal.backups('killed').at(-1)?.revision ?? Infinity;
  await world.patchBackup('killed', {
    metadata: { annotations: { [SCRIPT_ANNOTATION]: JSON.stringify([SUCCEEDING_POD]) } },
    spec: { logSubcommand: 'log-pause' },
  });
  await waitFor('it is paused', () => phaseOf('killed') === 'Paused');
  const writes = await world.operatorWrites('killed');
  const lastOfOurs = Math.max(...(await world.ourWrites('killed')).map(({ atMs }) => atMs));
  const updates = writes.filter(({ resource, verb }) => resource === 'backups' && verb === 'update');
  expect(updates.filter(({ atMs }) => atMs > lastOfOurs)).not.toEqual([]);
  expect(latest(world.journal, 'killed')?.metadata.resourceVersion).not.toBe(String(settledRevision));
  expect(incidentOf(world.journal, 'killed')).toEqual(first);
  expect(recordsOf(world.journal, 'killed')).toHaveLength(1);
});
