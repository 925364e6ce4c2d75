import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import type { Review } from '../../../src/domain/retry/review.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import { specHash } from '../../../src/domain/spec-hash.js';
import { backupReference } from '../../../src/kubernetes/backups.js';
import { readTemplate } from '../../../src/kubernetes/job-template.js';
import { PODS } from '../../../src/kubernetes/resources.js';
import { footprint, jobOf, startBackupWorld, type BackupWorld } from '../backup-world.js';
import { startFakeKubelet, type FakeKubelet } from '../fake-kubelet.js';
import { interceptedApi, recordedApi, type ApiCall } from '../../kubernetes/intercepted-api.js';

let world: BackupWorld;
let kubelet: FakeKubelet;
beforeAll(async () => {
  world = await startBackupWorld();
  kubelet = await startFakeKubelet(world.server, 'node-1');
});
afterAll(async () => {
  await world?.stop();
  await kubelet?.stop();
});

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const review = (input: SuperviseBackupInput) => world.activities().reviewBackup(input);
const reasonsOf = async (input: SuperviseBackupInput) =>
  (await world.events(input)).map(({ reason }) => reason).sort();

function dueMsOf(result: Review): number {
  return result.next === 'Retry' ? result.dueMs : Number.NaN;
}

/** An API server that the activity dies at, once. */
function dyingAt(fatal: string) {
  let dead = false;
  return interceptedApi(world.server.worker, {
    before: ({ verb, resource }) => {
      if (dead || `${verb} ${resource}` !== fatal) return;
      dead = true;
      throw new Error('died here');
    },
  });
}

describe('a failed Job', () => {
  test('is recorded once, with one Event, however often the review runs', async () => {
    const input = await world.failedBackup('recorded');
    const job = await world.job(input);
    const first = await review(input);
    const written = await footprint(world, input);
    for (let run = 0; run < 9; run += 1) {
      const again = await review(input);
      expect(again).toStrictEqual({ ...first, dueMs: expect.any(Number) });
      expect(Math.abs(dueMsOf(first) - dueMsOf(again))).toBeLessThan(1_000);
    }
    await Promise.all(Array.from({ length: 10 }, () => review(input)));
    expect(await footprint(world, input)).toStrictEqual(written);
    const backup = await world.backup(input);
    expect(backup.status.backoffRetryStatus).toStrictEqual([
      {
        retryNum: 1,
        detectFailedAt: time,
        expectedRetryAt: time,
        retryReason: 'Job backup-recorded-log-start has failed',
        originalReason: 'Error (container backup, exit code 1)',
      },
    ]);
    expect(readIncident(backup)).toStrictEqual({
      id: job.metadata.uid,
      firstFailedAt: time,
      retries: 1,
      lastJobUid: job.metadata.uid,
      specHash: specHash(backup.spec),
      state: 'open',
      lastClass: 'unknown',
    });
    expect(await world.events(input)).toMatchObject([
      {
        type: 'Normal',
        reason: 'RetryStarted',
        message: expect.stringMatching(/^retry 1\/5 at \d\d:\d\d:\d\dZ \(in 30s\): Error \(container backup/),
      },
    ]);
  });

  test('leaves phase and conditions as the pod wrote them', async () => {
    const input = await world.failedBackup('untouched');
    const before = (await world.backup(input)).status;
    await review(input);
    const { backoffRetryStatus: _added, ...after } = (await world.backup(input)).status;
    expect(after).toStrictEqual(before);
  });

  test('is recorded once by ten reviews at once', async () => {
    const input = await world.failedBackup('at-once');
    await Promise.all(Array.from({ length: 10 }, () => review(input)));
    expect((await world.backup(input)).status.backoffRetryStatus).toHaveLength(1);
    expect(await reasonsOf(input)).toEqual(['RetryStarted']);
  });

  test('gets its Event from the next review when the first died between record and Event', async () => {
    const input = await world.failedBackup('eventless');
    await expect(world.activities(dyingAt('create events')).reviewBackup(input)).rejects.toThrow('died here');
    expect((await world.backup(input)).status.backoffRetryStatus).toHaveLength(1);
    expect(await world.events(input)).toEqual([]);
    await review(input);
    expect((await world.backup(input)).status.backoffRetryStatus).toHaveLength(1);
    expect(await reasonsOf(input)).toEqual(['RetryStarted']);
  });

  test('has its template kept by the next review when the first died after the record', async () => {
    const input = await world.failedBackup('templateless');
    const template = async () => {
      const backup = await world.backup(input);
      return readTemplate(world.server.admin, { backup, jobName: jobOf(input).name });
    };
    const dying = world.activities(dyingAt('create controllerrevisions'));
    await expect(dying.reviewBackup(input)).rejects.toThrow('died here');
    expect((await world.backup(input)).status.backoffRetryStatus).toHaveLength(1);
    expect(await template()).toBeUndefined();
    await review(input);
    expect(await template()).toBeDefined();
  });

  test('is recorded on a fresh read when another writer was faster, and keeps what that one wrote', async () => {
    const input = await world.failedBackup('contended');
    let rivals = 0;
    const rival = async ({ verb, resource }: ApiCall) => {
      if (verb !== 'patch' || resource !== 'backups' || rivals === 2) return;
      rivals += 1;
      const annotations = { [`rival-${rivals}`]: 'was-here' };
      await world.server.admin.mergePatch(backupReference(input), { metadata: { annotations } });
    };
    const { api, writes } = recordedApi(interceptedApi(world.server.worker, { before: rival }));
    await world.activities(api).reviewBackup(input);
    const { metadata, status } = await world.backup(input);
    expect(status.backoffRetryStatus).toHaveLength(1);
    expect(metadata.annotations).toMatchObject({ 'rival-1': 'was-here', 'rival-2': 'was-here' });
    expect(writes[0]).toBe('patch backups');
    expect(writes.slice(1).sort()).toEqual(['create controllerrevisions', 'create events']);
  });
});

describe('the evidence', () => {
  const terminated = (end: object) => ({
    containerStatuses: [
      {
        name: 'backup',
        image: 'test',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 137, ...end } },
      },
    ],
  });

  async function reasonAfter(name: string, status: object): Promise<string> {
    const input = await world.createBackup(name);
    await world.activities().createFirstJob(input);
    await world.endRun(input, { result: 'Failed', status });
    const result = await review(input);
    return result.next === 'Retry' ? result.reason : result.next;
  }

  test('of a container that was OOM-killed is its end', async () => {
    expect(await reasonAfter('oom', terminated({ reason: 'OOMKilled' }))).toBe(
      'OOMKilled (container backup, exit code 137)',
    );
  });

  test("of an evicted pod is the kubelet's word", async () => {
    const message = 'The node was low on resource: memory.';
    expect(await reasonAfter('evicted', { containerStatuses: [], reason: 'Evicted', message })).toBe(
      'Evicted (The node was low on resource: memory.)',
    );
  });

  test("is the Job's word where the pod is gone", async () => {
    const input = await world.failedBackup('podless');
    const { namespace, name, uid } = (await world.pod(input)).metadata;
    await world.server.admin.delete(
      { resource: PODS, namespace, name },
      { uid, propagationPolicy: 'Background' },
    );
    expect(await review(input)).toMatchObject({ next: 'Retry', reason: 'BackoffLimitExceeded' });
  });

  /** On a node, so that the API server asks its kubelet for logs. */
  async function failedOnNode(name: string) {
    const input = await world.createBackup(name);
    await world.activities().createFirstJob(input);
    await world.bindPod(input, kubelet.node);
    await world.endRun(input, { result: 'Failed' });
    return input;
  }

  test('ends with what the log says, without secrets', async () => {
    kubelet.log = 'starting\nError: AccessDenied for secret_key=hunter2\nexit status 1\n';
    const input = await failedOnNode('logged');
    expect(await review(input)).toMatchObject({
      reason: 'Error (container backup, exit code 1): AccessDenied for secret_key=[redacted]',
    });
  });

  test('goes without the log where the kubelet does not answer, and does not wait for it', async () => {
    kubelet.log = undefined;
    const input = await failedOnNode('log-hangs');
    const times: number[] = [];
    const stamp = ({ verb }: ApiCall) => void (verb === 'log' && times.push(Date.now()));
    const watched = interceptedApi(world.server.worker, {
      before: stamp,
      after: stamp,
    });
    const recordedMs = interceptedApi(watched, {
      before: ({ verb }) => void (verb === 'patch' && times.push(Date.now())),
    });
    expect(await world.activities(recordedMs).reviewBackup(input)).toMatchObject({
      next: 'Retry',
      reason: 'Error (container backup, exit code 1)',
    });
    const [askedMs = 0, recordMs = Infinity] = times;
    // 200 ms are granted; the rest is for a machine that is busy. A call's usual deadline is 10 s.
    expect(recordMs - askedMs).toBeGreaterThan(150);
    expect(recordMs - askedMs).toBeLessThan(1_500);
  });
});

describe('the class of a failure', () => {
  /** Its pod ran on a node and printed this. */
  async function failedWith(name: string, printed: string) {
    kubelet.log = printed;
    const input = await world.createBackup(name);
    await world.activities().createFirstJob(input);
    await world.bindPod(input, kubelet.node);
    await world.endRun(input, { result: 'Failed' });
    return input;
  }
  const REFUSED = 'Error: operation error S3, api error AccessDenied: Access Denied\n';

  test('that no retry can mend ends the incident at once, without a record and with the whole budget left', async () => {
    const input = await failedWith('refused', REFUSED);
    const end = await review(input);
    expect(end).toMatchObject({ next: 'Done', outcome: 'Failed' });
    const written = await footprint(world, input);
    for (let run = 0; run < 9; run += 1) expect(await review(input)).toStrictEqual(end);
    expect(await footprint(world, input)).toStrictEqual(written);
    const backup = await world.backup(input);
    expect(backup.status).toMatchObject({ phase: 'Failed' });
    expect(backup.status.backoffRetryStatus).toBeUndefined();
    expect(backup.status.conditions?.at(-1)).toMatchObject({
      reason: 'PermanentFailure',
      message: expect.stringMatching(
        /^no retry can mend credentials_refused: .*AccessDenied.*; failure class: credentials_refused$/,
      ),
    });
    expect(readIncident(backup)).toMatchObject({
      state: 'settled',
      retries: 0,
      lastClass: 'credentials_refused',
    });
    expect(await reasonsOf(input)).toEqual(['BackupFailed']);
  });

  test('that no retry can mend is left to the workflow by the watch, which writes nothing', async () => {
    const input = await failedWith('refused-seen', REFUSED);
    const before = await footprint(world, input);
    expect(await world.recordAtOnce(input)).toBeUndefined();
    expect(await footprint(world, input)).toStrictEqual(before);
  });

  test('is the same after a death between its Event and the condition', async () => {
    const input = await failedWith('refused-and-died', REFUSED);
    await expect(world.activities(dyingAt('patch backups')).reviewBackup(input)).rejects.toThrow('died here');
    expect(await review(input)).toMatchObject({ next: 'Done', outcome: 'Failed' });
    expect(await reasonsOf(input)).toEqual(['BackupFailed']);
    expect(readIncident(await world.backup(input))).toMatchObject({ state: 'settled', retries: 0 });
  });

  test('that may pass is kept in the incident and retried', async () => {
    const input = await failedWith('throttled', 'Error: api error SlowDown: Reduce your request rate.\n');
    expect(await review(input)).toMatchObject({ next: 'Retry', retryNum: 1 });
    expect(readIncident(await world.backup(input))).toMatchObject({
      state: 'open',
      lastClass: 'storage_throttled',
    });
  });

  const EXISTS = '[BR:Stream:ErrStreamLogTaskExist]stream task already exists';

  test('"the log task exists", with our name, is a success that the Backup then tells', async () => {
    const input = await failedWith('ours', `Error: {taskName=ours,startTs=454500000000000007}: ${EXISTS}\n`);
    expect(await review(input)).toMatchObject({ next: 'Done' });
    const { status } = await world.backup(input);
    expect(status).toMatchObject({
      phase: 'Running',
      commitTs: '454500000000000007',
      logSubCommandStatuses: { 'log-start': { phase: 'Complete' } },
    });
    expect(status.conditions?.map(({ type }) => type)).not.toContain('Failed');
    expect(status.backoffRetryStatus).toBeUndefined();
    expect(await world.events(input)).toEqual([]);
  });

  test('"the log task exists", of a retry, settles the incident with its success', async () => {
    const due = await world.dueBackup('ours-at-last');
    await world.activities().restartJob(due);
    await world.bindPod(due, kubelet.node);
    kubelet.log = `Error: {taskName=ours-at-last,startTs=454500000000000007}: ${EXISTS}\n`;
    await world.endRun(due, { result: 'Failed' });
    expect(await review(due)).toMatchObject({ next: 'Done', outcome: 'Succeeded' });
    expect(readIncident(await world.backup(due))).toMatchObject({ state: 'settled', retries: 1 });
    expect(await reasonsOf(due)).toEqual(['RetryStarted', 'RetrySucceeded']);
  });

  test('"the log task exists", without a name, is no success and not retried', async () => {
    const input = await failedWith('whose', `Error: allow only one running task: ${EXISTS}\n`);
    expect(await review(input)).toMatchObject({
      next: 'Done',
      outcome: 'Failed',
      summary: expect.stringMatching(/^PermanentFailure: no retry can mend log_task_exists: .*br log status/),
    });
  });
});

describe('an incident that ends', () => {
  /** The first retry would come after the time-out. */
  const hopeless = {
    backoffRetryPolicy: { maxRetryTimes: 5, minRetryDuration: '2h', retryTimeout: '1h' },
  };

  test('badly: condition Failed with the reason, Scheduled kept, both Events, no record, and all of it once', async () => {
    const input = await world.failedBackup('timed-out', hopeless);
    const end = await review(input);
    expect(end).toMatchObject({ next: 'Done', outcome: 'Failed' });
    const written = await footprint(world, input);
    for (let run = 0; run < 9; run += 1) expect(await review(input)).toStrictEqual(end);
    expect(await footprint(world, input)).toStrictEqual(written);
    const backup = await world.backup(input);
    const conditions = backup.status.logSubCommandStatuses?.['log-start']?.conditions;
    expect(backup.status.phase).toBe('Failed');
    expect(conditions?.map(({ type }) => type)).toEqual(['Scheduled', 'Failed']);
    expect(conditions?.at(-1)).toMatchObject({
      reason: 'RetryTimeout',
      message: expect.stringMatching(/after the time-out of 1h.*; last failure: Error \(container backup/),
    });
    expect(backup.status.backoffRetryStatus).toBeUndefined();
    expect(readIncident(backup)?.state).toBe('settled');
    expect(await reasonsOf(input)).toEqual(['BackupFailed', 'RetryExhausted']);
  });

  test('badly after a death between Events and condition: the condition comes, the Events are not doubled', async () => {
    const input = await world.failedBackup('died-at-the-end', hopeless);
    const dying = world.activities(dyingAt('patch backups'));
    await expect(dying.reviewBackup(input)).rejects.toThrow('died here');
    expect(await reasonsOf(input)).toEqual(['BackupFailed', 'RetryExhausted']);
    expect(await review(input)).toMatchObject({ next: 'Done', outcome: 'Failed' });
    expect(await reasonsOf(input)).toEqual(['BackupFailed', 'RetryExhausted']);
    expect(readIncident(await world.backup(input))?.state).toBe('settled');
  });

  test('well: it is settled once, with one Event, and the records stay', async () => {
    const due = await world.dueBackup('settled');
    await world.activities().restartJob(due);
    await world.endRun(due, { result: 'Complete' });
    const ends = [];
    for (let run = 0; run < 10; run += 1) ends.push(await review(due));
    expect(ends[0]).toMatchObject({ next: 'Done', outcome: 'Succeeded' });
    const again = {
      next: 'Done',
      outcome: 'Succeeded',
      summary: 'the backup is healthy, its incident is settled',
    };
    expect(ends.slice(1)).toStrictEqual(Array.from({ length: 9 }, () => again));
    const backup = await world.backup(due);
    expect(readIncident(backup)).toMatchObject({ state: 'settled', retries: 1 });
    expect(backup.status.backoffRetryStatus).toMatchObject([{ retryNum: 1, realRetryAt: time }]);
    expect(await reasonsOf(due)).toEqual(['RetryStarted', 'RetrySucceeded']);
  });
});

test('an invalid spec is marked once, with field and value, and nothing is started', async () => {
  const input = await world.createBackup('banana', { backoffRetryPolicy: { minRetryDuration: 'banana' } });
  const first = await review(input);
  const written = await footprint(world, input);
  for (let run = 0; run < 9; run += 1)
    expect(await review(input)).toMatchObject({ next: 'Done', outcome: 'Invalid' });
  expect(first).toMatchObject({ next: 'Done', outcome: 'Invalid' });
  expect(await footprint(world, input)).toStrictEqual(written);
  expect(written).toMatchObject({ job: 'none' });
  const { status } = await world.backup(input);
  expect(status.phase).toBe('Invalid');
  expect(status.conditions?.at(-1)).toMatchObject({ type: 'Invalid', reason: 'InvalidSpec' });
  expect(status.conditions?.at(-1)?.message).toMatch(/spec\.backoffRetryPolicy\.minRetryDuration.*banana/);
  expect(await reasonsOf(input)).toEqual(['BackupInvalid']);
});

describe('work that is not for this object or this cluster', () => {
  test('a Backup that was deleted, or made anew under the same name, ends the incident without a write', async () => {
    const input = await world.createBackup('another');
    const { api, writes } = recordedApi(world.server.worker);
    const { reviewBackup } = world.activities(api);
    const gone = { next: 'Done', outcome: 'Left', summary: 'the Backup does not exist any more' };
    expect(await reviewBackup({ ...input, uid: 'its-predecessor' })).toStrictEqual(gone);
    expect(await reviewBackup({ ...input, name: 'never-was' })).toStrictEqual(gone);
    expect(writes).toEqual([]);
  });

  test('work for another cluster is refused for good, before any call', async () => {
    const input = await world.createBackup('other-cluster');
    const { api, calls } = recordedApi(world.server.worker);
    const failure: unknown = await world
      .activities(api)
      .reviewBackup({ ...input, clusterUid: 'another' })
      .catch((reason: unknown) => reason);
    if (!(failure instanceof ApplicationFailure)) throw failure;
    expect(failure).toMatchObject({ type: 'WrongCluster', nonRetryable: true });
    expect(failure.message).toMatch(/HOLDFAST_CLUSTER/);
    expect(calls).toEqual([]);
  });
});
