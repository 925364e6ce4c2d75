import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../../dev/processes/readiness.js';
import { backupWorkflowId } from '../../../src/domain/names.js';
import { specHash } from '../../../src/domain/spec-hash.js';
import type { Backup } from '../../../src/domain/backup/backup.js';
import type { RetryReview } from '../../../src/domain/retry/review.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import { backupReference } from '../../../src/kubernetes/backups.js';
import { TIDB_CLUSTERS } from '../../../src/kubernetes/resources.js';
import { interceptedApi, recordedApi } from '../../kubernetes/intercepted-api.js';
import { NAMESPACE, startBackupWorld, type BackupWorld } from '../backup-world.js';
import {
  createBackup,
  createFailedBackup,
  createJob,
  createNamespace,
  endJob,
  logStart,
  startWatch,
  type Watch,
  type WatchOptions,
} from './watch-world.js';

let world: BackupWorld;
beforeAll(async () => {
  world = await startBackupWorld();
});
afterAll(() => world?.stop());

const running = new Set<Watch>();
afterEach(async () => {
  for (const watch of running) await watch.stop();
  running.clear();
});

function watchNow(options: WatchOptions): Watch {
  const watch = startWatch(world.server, options);
  running.add(watch);
  return watch;
}

let sentinels = 0;

/**
 * Makes a Backup that is nudged for its own event and then for its Job's: by then everything before is judged too.
 * Returns its name.
 */
async function expectNothingElse(watch: Watch, namespace: string): Promise<string> {
  const name = `sentinel-${(sentinels += 1)}`;
  const names = watch.names();
  const backup = await createBackup(world.server, { namespace, name });
  await watch.nudged(name, 1);
  await endJob(world.server, await createJob(world.server, backup), { type: 'Failed' });
  await watch.nudged(name, 2);
  expect(watch.names().filter((nudged) => nudged !== name)).toEqual(names);
  return name;
}

function incidentOf(backup: Pick<Backup, 'spec'>, state: string, jobUid = 'job-1'): object {
  const incident = {
    id: jobUid,
    firstFailedAt: '2026-11-21T10:00:00Z',
    retries: 1,
    lastJobUid: jobUid,
    specHash: specHash(backup.spec),
    state,
  };
  return { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } };
}
const pendingRecord = { retryNum: 1, expectedRetryAt: '2026-11-21T10:31:00Z' };
const pending = { ...logStart('Running'), backoffRetryStatus: [pendingRecord] };
const begun = {
  ...logStart('Scheduled'),
  backoffRetryStatus: [{ ...pendingRecord, realRetryAt: '2026-11-21T10:31:00Z' }],
};

describe('the first list', () => {
  test('nudges exactly the Backups that need it', async () => {
    const { server } = world;
    const namespace = await createNamespace(server, 'first-list');
    const at = (name: string) => ({ namespace, name });
    await createBackup(server, at('new'));
    await createBackup(server, at('invalid'), { spec: { backupMode: 'tape' } });
    await createFailedBackup(server, at('failed'));
    await createBackup(server, at('job-lost'), { status: logStart('Running') });
    await createBackup(server, at('healthy'), { status: { ...logStart('Complete'), commitTs: '4' } });
    await createBackup(server, at('snapshot'), { spec: { backupMode: 'volume-snapshot' } });
    await createFailedBackup(server, at('failed-snapshot'), { spec: { backupMode: 'volume-snapshot' } });
    await createFailedBackup(server, at('failed-long-ago'), { endedAtMs: Date.now() - 3 * 3_600_000 });
    await createJob(server, await createBackup(server, at('runs'), { status: logStart('Running') }));
    const watch = watchNow({ namespaces: [namespace] });
    await watch.nudged('job-lost');
    expect(watch.names()).toEqual(['failed', 'invalid', 'job-lost', 'new']);
    await expectNothingElse(watch, namespace);
  });

  test('leaves first runs to TiDB Operator where one is present', async () => {
    const namespace = await createNamespace(world.server, 'with-operator');
    await createBackup(world.server, { namespace, name: 'new' });
    await createFailedBackup(world.server, { namespace, name: 'failed' });
    const watch = watchNow({ namespaces: [namespace], operator: 'present' });
    await watch.nudged('failed');
    expect(watch.names()).toEqual(['failed']);
  });

  test('judges only Backups with the label that was asked for', async () => {
    const namespace = await createNamespace(world.server, 'selected');
    const labels = { 'holdfast.dev/managed': 'true' };
    await createBackup(world.server, { namespace, name: 'ours' }, { metadata: { labels } });
    await createBackup(world.server, { namespace, name: 'theirs' });
    const watch = watchNow({ namespaces: undefined, selector: 'holdfast.dev/managed=true' });
    await watch.nudged('ours');
    expect(watch.names()).toEqual(['ours']);
  });

  test('of an open incident nudges where no workflow is open, and not where one is', async () => {
    const namespace = await createNamespace(world.server, 'incidents');
    const spec = { backupMode: 'log', br: { cluster: 'basic' }, s3: { provider: 'aws', bucket: 'b' } };
    const metadata = incidentOf({ spec: { ...spec, backoffRetryPolicy: undefined } }, 'open');
    const changes = { spec: { ...spec, backoffRetryPolicy: undefined }, status: begun, metadata };
    await createBackup(world.server, { namespace, name: 'orphaned' }, changes);
    const supervised = await createBackup(world.server, { namespace, name: 'supervised' }, changes);
    const open = new Set([backupWorkflowId(supervised.metadata)]);
    const watch = watchNow({ namespaces: [namespace], openWorkflowIds: () => open });
    await watch.nudged('orphaned');
    expect(watch.names()).toEqual(['orphaned']);
    await expectNothingElse(watch, namespace);
  });

  test('of a recorded failure nudges its open workflow: who recorded it may have died before the nudge', async () => {
    const namespace = await createNamespace(world.server, 'recorded');
    const example = await createBackup(world.server, { namespace, name: 'example' });
    const waiting = await createBackup(
      world.server,
      { namespace, name: 'waiting' },
      { status: pending, metadata: incidentOf(example, 'open') },
    );
    const open = new Set([backupWorkflowId(waiting.metadata)]);
    const watch = watchNow({ namespaces: [namespace], openWorkflowIds: () => open });
    await watch.nudged('waiting');
    await expectNothingElse(watch, namespace);
  });

  test('nudges the workflow of a Backup that was deleted while nobody watched', async () => {
    const namespace = await createNamespace(world.server, 'deleted-before');
    const gone = {
      cluster: 'test',
      clusterUid: world.server.clusterUid,
      namespace,
      name: 'gone',
      uid: 'u-1',
    };
    const elsewhere = backupWorkflowId({ ...gone, namespace: 'not-watched' });
    const watch = watchNow({
      namespaces: [namespace],
      openWorkflowIds: () => new Set([backupWorkflowId(gone), elsewhere]),
    });
    await watch.nudged('gone');
    expect(watch.nudges.map(({ input }) => input)).toEqual([gone]);
  });

  test('of 1,200 Backups comes by pages of 500', async () => {
    const namespace = await createNamespace(world.server, 'many');
    const names = Array.from({ length: 1_200 }, (_, index) => `b-${String(index).padStart(4, '0')}`);
    await inBatches(names, 40, (name) =>
      createBackup(world.server, { namespace, name }, { status: { ...logStart('Complete'), commitTs: '4' } }),
    );
    await createFailedBackup(world.server, { namespace, name: 'z-failed' });
    const { api, calls } = recordedApi(world.server.worker);
    const watch = watchNow({ namespaces: [namespace], api });
    await watch.nudged('z-failed');
    expect(watch.names()).toEqual(['z-failed']);
    expect(calls.filter((call) => call === 'list backups')).toHaveLength(3);
  });
});

async function inBatches<T>(items: readonly T[], size: number, run: (item: T) => Promise<unknown>) {
  for (let from = 0; from < items.length; from += size)
    await Promise.all(items.slice(from, from + size).map(run));
}

describe('an event', () => {
  test('that says a Job failed nudges within a second', async () => {
    const namespace = await createNamespace(world.server, 'events');
    const backup = await createBackup(
      world.server,
      { namespace, name: 'orders' },
      { status: logStart('Running') },
    );
    const job = await createJob(world.server, backup);
    const watch = watchNow({ namespaces: [namespace] });
    await expectNothingElse(watch, namespace);
    const failedAtMs = Date.now();
    await endJob(world.server, job, { type: 'Failed' });
    await watch.nudged('orders');
    const nudge = watch.nudges.find(({ input }) => input.name === 'orders');
    expect(nudge?.input.uid).toBe(backup.metadata.uid);
    expect((nudge?.atMs ?? Infinity) - failedAtMs).toBeLessThan(1_000);
  });

  test('of our own writes nudges nobody: one nudge for the first run, one for the failure, one for the success', async () => {
    const watch = watchNow({ namespaces: [NAMESPACE] });
    const input = await world.createBackup('own-writes');
    await watch.nudged('own-writes', 1);
    const { createFirstJob, reviewBackup, restartJob } = world.activities();
    await createFirstJob(input);
    await world.endRun(input, { result: 'Failed' });
    await watch.nudged('own-writes', 2);
    const due = await world.untilDue(input);
    await expectNothingElse(watch, NAMESPACE);
    await restartJob(due);
    await expectNothingElse(watch, NAMESPACE);
    await world.endRun(input, { result: 'Complete' });
    await watch.nudged('own-writes', 3);
    expect(await reviewBackup(input)).toMatchObject({ outcome: 'Succeeded' });
    await expectNothingElse(watch, NAMESPACE);
    expect(watch.names().filter((name) => name === 'own-writes')).toHaveLength(3);
  });

  test('of a new TidbCluster nudges the Backups that wait for it', async () => {
    const namespace = await createNamespace(world.server, 'clusters');
    await createBackup(world.server, { namespace, name: 'waiting' }, { spec: { br: { cluster: 'late' } } });
    await createBackup(world.server, { namespace, name: 'other' }, { spec: { br: { cluster: 'later' } } });
    const watch = watchNow({ namespaces: [namespace] });
    await watch.nudged('waiting');
    await watch.nudged('other');
    await world.server.admin.create(TIDB_CLUSTERS, namespace, {
      apiVersion: 'pingcap.com/v1alpha1',
      kind: 'TidbCluster',
      metadata: { name: 'late', namespace },
      spec: { version: 'v8.5.2' },
    });
    await watch.nudged('waiting', 2);
    expect(watch.names()).toEqual(['other', 'waiting', 'waiting']);
  });

  test('of a deleted Backup with an open incident nudges its workflow, so that it ends', async () => {
    const namespace = await createNamespace(world.server, 'deletions');
    const example = await createBackup(world.server, { namespace, name: 'example' });
    const metadata = incidentOf(example, 'open');
    const supervised = await createBackup(
      world.server,
      { namespace, name: 'supervised' },
      { status: begun, metadata },
    );
    const open = new Set([backupWorkflowId(supervised.metadata)]);
    const watch = watchNow({ namespaces: [namespace], openWorkflowIds: () => open });
    await watch.nudged('example');
    expect(watch.names()).toEqual(['example']);
    const { uid } = supervised.metadata;
    await world.server.admin.delete(backupReference(supervised.metadata), {
      uid,
      propagationPolicy: 'Background',
    });
    await watch.nudged('supervised');
    expect(watch.nudges.at(-1)?.input.uid).toBe(uid);
  });

  test('of an object that cannot be read does not stop the watch', async () => {
    const namespace = await createNamespace(world.server, 'unreadable');
    const watch = watchNow({ namespaces: [namespace] });
    await expectNothingElse(watch, namespace);
    // The CRD says integer, which has 64 bits.
    const status = { ...logStart('Running'), backoffRetryStatus: [{ retryNum: 2 ** 60 }] };
    const { metadata } = await createBackup(world.server, { namespace, name: 'odd' });
    await watch.nudged('odd');
    await world.server.admin.mergePatch(backupReference(metadata), { status });
    const sentinel = await expectNothingElse(watch, namespace);
    expect(watch.failures).toEqual([expect.stringMatching(/^read Backup unreadable\/odd: .*retryNum/s)]);
    const again = watchNow({ namespaces: [namespace] });
    await again.nudged(sentinel);
    expect(again.names()).not.toContain('odd');
  });
});

describe('an API server in trouble', () => {
  test('that has forgotten the version (410) is listed again, and nothing is missed', async () => {
    const namespace = await createNamespace(world.server, 'expired');
    let expired = 0;
    const api = interceptedApi(world.server.worker, {
      before: async ({ verb, resource }) => {
        if (verb !== 'watch' || resource !== 'backups' || expired > 0) return;
        expired += 1;
        await createBackup(world.server, { namespace, name: 'in-between' });
        throw new ApiFailure({ operation: 'watch backups', status: 410, message: 'too old' });
      },
    });
    const watch = watchNow({ namespaces: [namespace], api });
    await watch.nudged('in-between');
    expect(expired).toBe(1);
  });

  test('that forgot the version while a Backup was deleted: its workflow is nudged', async () => {
    const namespace = await createNamespace(world.server, 'expired-deletion');
    const example = await createBackup(world.server, { namespace, name: 'example' });
    const { metadata } = await createBackup(
      world.server,
      { namespace, name: 'gone' },
      { status: pending, metadata: incidentOf(example, 'open') },
    );
    let expired = 0;
    const api = interceptedApi(world.server.worker, {
      before: async ({ verb, resource }) => {
        if (verb !== 'watch' || resource !== 'backups' || expired > 0) return;
        expired += 1;
        await world.server.admin.delete(backupReference(metadata), {
          uid: metadata.uid,
          propagationPolicy: 'Background',
        });
        throw new ApiFailure({ operation: 'watch backups', status: 410, message: 'too old' });
      },
    });
    const open = new Set([backupWorkflowId(metadata)]);
    const watch = watchNow({ namespaces: [namespace], api, openWorkflowIds: () => open });
    await watch.nudged('gone');
    expect(expired).toBe(1);
  });

  test('that says 429 is asked again when it said, and not before', async () => {
    const namespace = await createNamespace(world.server, 'throttled');
    await createBackup(world.server, { namespace, name: 'new' });
    const times: number[] = [];
    const api = interceptedApi(world.server.worker, {
      before: ({ verb, resource }) => {
        if (verb !== 'list' || resource !== 'backups') return;
        times.push(Date.now());
        if (times.length > 1) return;
        throw new ApiFailure({ operation: 'list', status: 429, message: 'slow down', retryAfterMs: 1_500 });
      },
    });
    const watch = watchNow({ namespaces: [namespace], api });
    await watch.nudged('new');
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_490);
  });
});

describe('Temporal in trouble', () => {
  test('a nudge that could not be delivered is delivered later', async () => {
    const namespace = await createNamespace(world.server, 'undelivered');
    await createBackup(world.server, { namespace, name: 'orders' });
    let attempts = 0;
    const delivered: string[] = [];
    const deliver: WatchOptions['deliver'] = async ({ name }) => {
      attempts += 1;
      if (attempts <= 2) throw new Error('Temporal is away');
      delivered.push(name);
    };
    const watch = watchNow({ namespaces: [namespace], deliver });
    await waitUntil({
      what: 'it should be delivered',
      timeoutMs: 15_000,
      attempt: async () => delivered.length > 0,
    });
    expect(delivered).toEqual(['orders']);
    expect(watch.failures.filter((text) => text.includes('Temporal is away'))).toHaveLength(2);
  });

  test('at most twenty nudges are on the way at once, and all arrive', async () => {
    const namespace = await createNamespace(world.server, 'storm');
    const names = Array.from({ length: 60 }, (_, index) => `b-${index}`);
    await inBatches(names, 20, (name) => createBackup(world.server, { namespace, name }));
    const held: (() => void)[] = [];
    let arrived = 0;
    const deliver = async () => {
      await new Promise<void>((resolve) => void held.push(resolve));
      arrived += 1;
    };
    const watch = watchNow({ namespaces: [namespace], deliver });
    await waitUntil({
      what: 'twenty should wait',
      timeoutMs: 15_000,
      attempt: async () => held.length === 20,
    });
    await expectStaysAt(() => watch.nudges.length, { value: 20, watch });
    await waitUntil({
      what: 'all should arrive',
      timeoutMs: 15_000,
      attempt: async () => {
        for (const release of held.splice(0)) release();
        return arrived === 60;
      },
    });
    expect(watch.nudges).toHaveLength(60);
  });
});

/** For as long as two heartbeats take: the event loop has turned many times by then. */
async function expectStaysAt(count: () => number, { value, watch }: { value: number; watch: Watch }) {
  const from = watch.heartbeats();
  await waitUntil({
    what: 'two heartbeats',
    timeoutMs: 15_000,
    attempt: async () => watch.heartbeats() >= from + 2,
  });
  expect(count()).toBe(value);
}

describe('the activity', () => {
  test('heartbeats while nothing happens', async () => {
    const namespace = await createNamespace(world.server, 'quiet');
    const watch = watchNow({ namespaces: [namespace] });
    await expectStaysAt(() => watch.nudges.length, { value: 0, watch });
    expect([...watch.alive].sort()).toEqual([
      'backups',
      'compactbackups',
      'jobs',
      'pods',
      'restorejobs',
      'restores',
      'tidbclusters',
    ]);
  });

  test('ends at once, without a result, when the process is told to end', async () => {
    const namespace = await createNamespace(world.server, 'ending');
    await createBackup(world.server, { namespace, name: 'new' });
    const watch = watchNow({ namespaces: [namespace], deliver: () => new Promise(() => undefined) });
    await watch.nudged('new');
    const askedAtMs = Date.now();
    watch.abort();
    expect(await watch.ended).toStrictEqual({});
    expect(Date.now() - askedAtMs).toBeLessThan(1_000);
  });

  test('beside a second one that was frozen does no harm: one record, one Event, one Job', async () => {
    const { reviewBackup } = world.activities();
    const review: WatchOptions['deliver'] = async (input) => {
      if (input.name === 'watched-twice') await reviewBackup(input);
    };
    let thaw: () => void = () => undefined;
    const frozen = new Promise<void>((resolve) => (thaw = resolve));
    let thawed = 0;
    const late: WatchOptions['deliver'] = async (input) => {
      await frozen;
      await review?.(input);
      if (input.name === 'watched-twice') thawed += 1;
    };
    const watch = watchNow({ namespaces: [NAMESPACE], deliver: review });
    const second = watchNow({ namespaces: [NAMESPACE], deliver: late });
    const input = await world.failedBackup('watched-twice');
    await second.nudged('watched-twice');
    await waitUntil({
      what: 'the failure should be recorded',
      timeoutMs: 15_000,
      attempt: async () => (await world.backup(input)).status.backoffRetryStatus?.length === 1,
    });
    const due = await world.untilDue(input);
    await world.activities().restartJob(due);
    const restarted = await world.job(input);
    thaw();
    await waitUntil({
      what: 'the late nudges should arrive',
      timeoutMs: 15_000,
      attempt: async () =>
        thawed === second.names().filter((name) => name === 'watched-twice').length && thawed > 0,
    });
    expect((await world.backup(input)).status.backoffRetryStatus).toHaveLength(1);
    expect((await world.events(input)).map(({ reason }) => reason)).toEqual(['RetryStarted']);
    expect((await world.job(input)).metadata.uid).toBe(restarted.metadata.uid);
    expect(watch.failures).toEqual([]);
  });
});

describe('a failed Job', () => {
  const handed: RetryReview = {
    next: 'Retry',
    retryNum: 1,
    maxRetries: 5,
    dueMs: Date.parse('2026-11-21T10:31:00Z'),
    reason: 'Error (exit code 1)',
    summary: 'retry 1/5',
  };

  test('is recorded before its nudge, which says when the retry is due', async () => {
    const namespace = await createNamespace(world.server, 'hand-over');
    const recorded: string[] = [];
    const recordFailure = async ({ name }: SuperviseBackupInput) => {
      recorded.push(name);
      return handed;
    };
    const watch = watchNow({ namespaces: [namespace], recordFailure });
    await createFailedBackup(world.server, { namespace, name: 'failing' });
    await watch.nudged('failing');
    expect(recorded[0]).toBe('failing');
    expect(watch.nudges[0]?.review).toEqual(handed);
  });

  test('that the watch cannot record is left to the workflow', async () => {
    const namespace = await createNamespace(world.server, 'no-hand-over');
    const recordFailure = () => Promise.reject(new Error('etcdserver: request timed out'));
    const watch = watchNow({ namespaces: [namespace], recordFailure });
    await createFailedBackup(world.server, { namespace, name: 'failing' });
    await watch.nudged('failing');
    expect(watch.nudges[0]?.review).toBeUndefined();
    expect(watch.failures[0]).toBe(
      `record the failure of ${namespace}/failing: Error: etcdserver: request timed out`,
    );
  });
});
