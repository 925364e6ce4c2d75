import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { trueRestoreCondition, waitingOf } from '../../../src/domain/replication/restore-status.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import { createJobDeletions } from '../../../src/kubernetes/job-deletions.js';
import { JOBS, PODS, RESTORES, type ResourceType } from '../../../src/kubernetes/resources.js';
import { NAMESPACE, startRestoreWorld, type RestoreWorld } from './restore-world.js';

let world: RestoreWorld;
beforeAll(async () => {
  world = await startRestoreWorld();
});
afterAll(() => world?.stop());

const SNAPSHOT = 'snapshot-restore';

describe('the Job of the snapshot', () => {
  test('is created once, however often the activities run, with one Event', async () => {
    const input = await world.createRestore('twice');
    const { reviewRestore, createRestoreJob } = world.activities();
    expect(await reviewRestore(input)).toMatchObject({ next: 'Await' });
    const job = await world.job(input, SNAPSHOT);
    expect(job).toBeDefined();
    const before = await world.restore(input);
    expect(await reviewRestore(input)).toMatchObject({ next: 'Await' });
    expect(await createRestoreJob({ ...input, step: SNAPSHOT })).toMatchObject({ next: 'Await' });
    expect((await world.job(input, SNAPSHOT))?.metadata.uid).toBe(job?.metadata.uid);
    expect((await world.restore(input)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(await world.events(input)).toEqual(['CompactBackupNotFound', 'SnapshotRestoreStarted']);
  });

  test('gets its Event from whoever looks next when the run that created it died before', async () => {
    const input = await world.createRestore('died');
    const dying = world.activities({ api: dyingAfter(JOBS) });
    await expect(dying.reviewRestore(input)).rejects.toThrow('the worker died');
    expect(await world.job(input, SNAPSHOT)).toBeDefined();
    expect(await world.events(input)).toEqual([]);
    await world.activities().reviewRestore(input);
    expect(await world.events(input)).toEqual(['CompactBackupNotFound', 'SnapshotRestoreStarted']);
  });

  test('is not created beside a pod of this Restore, neither at once nor by whoever comes after a death', async () => {
    const input = await world.createRestore('beside-pod');
    const pod = await world.createPod(input);
    const waits = { next: 'Await', phase: 'Stopping', summary: expect.stringContaining(pod) };
    expect(await world.activities().reviewRestore(input)).toMatchObject(waits);
    expect((await world.restore(input)).status.phase).toBe('SnapshotRestore');
    expect(await world.activities().reviewRestore(input)).toMatchObject(waits);
    expect(await world.activities().createRestoreJob({ ...input, step: SNAPSHOT })).toMatchObject(waits);
    expect(await world.job(input, SNAPSHOT)).toBeUndefined();
  });

  test('of a deleted predecessor is waited for, and neither used nor deleted', async () => {
    const before = await world.createRestore('again');
    await world.activities().reviewRestore(before);
    const { admin } = world.server;
    const foreign = await world.job(before, SNAPSHOT);
    await admin.delete(
      { resource: RESTORES, namespace: NAMESPACE, name: 'again' },
      { uid: before.uid, propagationPolicy: 'Background' },
    );
    // As a garbage collector that is late: the predecessor's Job stays for now.
    const input = await world.createRestore('again');
    const review = await withJobThere(foreign).reviewRestore(input);
    expect(review).toMatchObject({ next: 'Await', phase: 'Waiting' });
    expect(review.summary).toMatch(/belongs to a deleted predecessor/);
    expect(waitingOf((await world.restore(input)).status)?.reason).toBe('PredecessorJob');
  });

  test('gets its Event also when a create that was lost is found to have succeeded', async () => {
    const input = await world.createRestore('lost-answer');
    const api = meetingFirst((job) => job);
    await world.activities({ api }).reviewRestore(input);
    expect(await world.events(input)).toContain('SnapshotRestoreStarted');
  });

  test('is not said to have started where the name was taken by a Job of somebody else', async () => {
    const input = await world.createRestore('name-taken');
    const api = meetingFirst(({ metadata, ...job }) => ({
      ...job,
      metadata: { ...metadata, ownerReferences: [] },
    }));
    const review = await world.activities({ api }).reviewRestore(input);
    expect(await world.events(input)).not.toContain('SnapshotRestoreStarted');
    expect(review).toMatchObject({ next: 'Await', phase: 'Waiting' });
  });

  test('that the API server refuses is told once, tried again, and created when it may be', async () => {
    const input = await world.createRestore('refused');
    const refusing = refusingJobs();
    const { reviewRestore } = world.activities({ api: refusing.api });
    const told = await reviewRestore(input);
    expect(told).toMatchObject({ next: 'Await', phase: 'Waiting', recheckAfterMs: expect.any(Number) });
    expect(told.summary).toContain('exceeded quota');
    const { resourceVersion } = (await world.restore(input)).metadata;
    expect(await reviewRestore(input)).toMatchObject({ next: 'Await', phase: 'Waiting' });
    expect((await world.restore(input)).metadata.resourceVersion).toBe(resourceVersion);
    refusing.stop();
    expect(await reviewRestore(input)).toMatchObject({ next: 'Await', phase: 'SnapshotRestore' });
    expect(await world.job(input, SNAPSHOT)).toBeDefined();
  });
});

describe('the gate', () => {
  test('opens in one write that changes phase, condition and step together', async () => {
    await world.setCompaction('cb-gate', 'Complete');
    const input = await world.createRestore('gate', { compactBackup: 'cb-gate' });
    const { reviewRestore } = world.activities();
    await reviewRestore(input);
    await world.endRun(input, SNAPSHOT);
    expect(await reviewRestore(input)).toMatchObject({ next: 'Await', phase: 'LogRestore' });
    const { status } = await world.restore(input);
    expect(status).toMatchObject({ phase: 'LogRestore', replicationStep: 'log-restore' });
    expect(JSON.stringify((await world.job(input, 'log-restore'))?.spec)).toContain('--replicationPhase=2');
    expect(await world.events(input)).toEqual([
      'CompactSettled',
      'LogRestoreStarted',
      'SnapshotRestoreStarted',
    ]);
  });

  test('that a run passed and died keeps the Job of the log back while a pod runs, and loses no Event', async () => {
    await world.setCompaction('cb-passed', 'Running');
    const input = await world.createRestore('passed', { compactBackup: 'cb-passed' });
    await world.activities().reviewRestore(input);
    await world.endRun(input, SNAPSHOT);
    await world.setCompaction('cb-passed', 'Complete');
    const dying = world.activities({ api: dyingBefore(JOBS) });
    await expect(dying.reviewRestore(input)).rejects.toThrow('the worker died');
    expect((await world.restore(input)).status.phase).toBe('LogRestore');
    const pod = await world.createPod(input);
    expect((await world.activities().reviewRestore(input)).summary).toContain(pod);
    expect(await world.job(input, 'log-restore')).toBeUndefined();
    await world.endPod(pod);
    await world.activities().reviewRestore(input);
    expect(await world.job(input, 'log-restore')).toBeDefined();
    expect(await world.events(input)).toEqual([
      'CompactSettled',
      'LogRestoreStarted',
      'SnapshotRestoreStarted',
    ]);
  });
});

describe('a Job that failed', () => {
  const LOG = [
    '[2026/01/02 03:04:05.678 +00:00] [INFO] [collector.go:77] ["restore started"]',
    'Error: [BR:KV:ErrKVStorage]tikv storage occur I/O error: AccessDenied for secret_key=hunter2',
    'exit status 1',
  ].join('\n');

  async function failedRestore(name: string, podLog: KubernetesApi['podLog']) {
    const input = await world.createRestore(name);
    const { reviewRestore, createRestoreJob } = world.activities({ api: { ...world.server.worker, podLog } });
    await reviewRestore(input);
    await createRestoreJob({ ...input, step: SNAPSHOT });
    await world.endRun(input, SNAPSHOT, 1);
    const review = await reviewRestore(input);
    const { status } = await world.restore(input);
    return { input, review, failed: trueRestoreCondition(status, 'Failed') };
  }

  test("is written with the Job's message and BR's last words, without secrets", async () => {
    const { input, review, failed } = await failedRestore('said', async () => LOG);
    expect(failed).toMatchObject({
      reason: 'SnapshotRestoreFailed',
      message:
        'Job said-snapshot-restore failed: BackoffLimitExceeded: Job has reached the specified backoff limit: ' +
        'Error (container restore, exit code 1): [BR:KV:ErrKVStorage]tikv storage occur I/O error: ' +
        'AccessDenied for secret_key=[redacted]',
    });
    expect(review).toMatchObject({ next: 'Done', outcome: 'Failed' });
    expect(review.summary).toContain('[BR:KV:ErrKVStorage]');
    expect(await world.events(input)).toContain('SnapshotRestoreFailed');
  });

  test('says how its container ended where nobody hands out the log', async () => {
    const { failed } = await failedRestore('unsaid', async () => {
      throw new ApiFailure({ operation: 'read the log', message: 'the kubelet does not answer' });
    });
    expect(failed?.message).toMatch(/backoff limit: Error \(container restore, exit code 1\)$/);
  });
});

describe('stopping', () => {
  test('deletes our Job alone and comes back only when its pod is gone', async () => {
    const input = await world.createRestore('stopped');
    const { reviewRestore, stopRestoreJobs } = world.activities();
    await reviewRestore(input);
    const { metadata } = await world.pod(input, SNAPSHOT);
    const asked = { ...input, cancelled: 'cancelled by alice@laptop' };
    expect(await reviewRestore(asked)).toMatchObject({ next: 'StopJobs', steps: [SNAPSHOT] });
    const pod = { resource: PODS, namespace: NAMESPACE, name: metadata.name };
    const result = await stopRestoreJobs(asked);
    expect(result).toMatchObject({ next: 'Done', outcome: 'Failed' });
    expect(await world.job(input, SNAPSHOT)).toBeUndefined();
    expect(await world.server.admin.get(pod)).toBeUndefined();
    expect((await world.restore(input)).status).toMatchObject({
      phase: 'Failed',
      replicationStep: 'snapshot-restore',
    });
  });
});

test('a Job that is stopped is not asked for where the watch tells that it is gone', async () => {
  const input = await world.createRestore('stopped-and-told');
  const { reviewRestore, createRestoreJob } = world.activities();
  await reviewRestore(input);
  await createRestoreJob({ ...input, step: SNAPSHOT });
  await world.pod(input, SNAPSHOT);
  const { worker } = world.server;
  const deletions = createJobDeletions();
  deletions.begin();
  let waiting = false;
  const api: KubernetesApi = {
    ...worker,
    delete: async (reference, how) => {
      const deleted = await worker.delete(reference, how);
      waiting = true;
      await expect.poll(() => world.job(input, SNAPSHOT), { timeout: 20_000 }).toBeUndefined();
      deletions.gone(how.uid);
      return deleted;
    },
    get: async (reference) => {
      if (waiting && reference.resource === JOBS) throw new Error('asked for a Job that is known to be gone');
      return worker.get(reference);
    },
    list: async (...question) => {
      waiting = false;
      return worker.list(...question);
    },
  };
  const asked = { ...input, cancelled: 'cancelled by alice@laptop' };
  expect(await world.activities({ api, deletions }).stopRestoreJobs(asked)).toMatchObject({
    next: 'Done',
    outcome: 'Failed',
  });
});

describe('a Restore that is not ours to run', () => {
  test('is refused with the reason where TiDB Operator sees it, and no Job is created', async () => {
    const input = await world.createRestore('seen');
    // Without a Deployment to look at, the label is trusted: only an operator without a selector sees it.
    const review = await world.activities({ operator: 'present', api: withOperator() }).reviewRestore(input);
    expect(review).toMatchObject({ next: 'Await', phase: 'Waiting' });
    expect(review.summary).toMatch(/TiDB Operator sees this Restore.*-selector=holdfast\.dev\/managed!=true/);
    expect(waitingOf((await world.restore(input)).status)?.reason).toBe('OperatorSeesRestore');
  });

  test('is waited for with the reason where TiDB Operator sees it and began it first', async () => {
    await world.setCompaction('cb-begun', 'Running');
    const input = await world.createRestore('begun', { compactBackup: 'cb-begun' });
    // As it runs it: its Job bears the names and the owner that ours would.
    await world.activities().reviewRestore(input);
    const job = await world.job(input, SNAPSHOT);
    const { status } = await world.restore(input);
    const beside = world.activities({ operator: 'present', api: withOperator() });
    const review = await beside.reviewRestore(input);
    expect(review).toMatchObject({ next: 'Await', phase: 'Waiting', recheckAfterMs: expect.any(Number) });
    expect(waitingOf((await world.restore(input)).status)).toEqual({
      reason: 'OperatorSeesRestore',
      message: expect.stringContaining('-selector=holdfast.dev/managed!=true'),
    });
    expect((await world.restore(input)).status).toMatchObject({ phase: status.phase });
    expect((await world.job(input, SNAPSHOT))?.metadata.uid).toBe(job?.metadata.uid);
    const told = await world.restore(input);
    await beside.reviewRestore(input);
    expect((await world.restore(input)).metadata.resourceVersion).toBe(told.metadata.resourceVersion);
  });

  test('is refused where the CRD drops spec.replicationConfig', async () => {
    const input = await world.createRestore('pruned', { spec: { replicationConfig: undefined } });
    const documents = {
      '/openapi/v3/apis/pingcap.com/v1alpha1': {
        components: {
          schemas: {
            restore: {
              'x-kubernetes-group-version-kind': [{ kind: 'Restore' }],
              properties: { spec: { properties: { br: {} } } },
            },
          },
        },
      },
    };
    const review = await world.activities({ documents }).reviewRestore(input);
    expect(review.summary).toMatch(/drops spec\.replicationConfig/);
    expect(await world.job(input, 'standard')).toBeUndefined();
    expect(waitingOf((await world.restore(input)).status)?.reason).toBe('ReplicationConfigPruned');
  });

  test('is refused where what is written to its status would be lost', async () => {
    const input = await world.createRestore('lossy');
    const { worker } = world.server;
    const resources = [{ name: 'restores' }, { name: 'restores/status' }];
    const { reviewRestore } = world.activities({
      documents: { '/apis/pingcap.com/v1alpha1': { resources } },
      // As an API server with that subresource: the write is taken, and nothing of it kept.
      api: { ...worker, mergePatch: (reference) => worker.get(reference).then((object) => object ?? {}) },
    });
    await expect(reviewRestore(input)).rejects.toThrow(
      /dropped all of it; .*kubectl patch crd restores\.pingcap\.com/,
    );
    expect(await world.job(input, SNAPSHOT)).toBeUndefined();
  });

  test('is not written at all without the label', async () => {
    const input = await world.createRestore('unlabelled', { labels: {} });
    const before = await world.restore(input);
    expect(await world.activities().reviewRestore(input)).toMatchObject({ next: 'Done', outcome: 'Left' });
    expect((await world.restore(input)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('becomes ours when it is adopted, unless somebody has begun it', async () => {
    const fresh = await world.createRestore('fresh', { labels: {} });
    const { adoptRestore } = world.activities();
    expect(await adoptRestore(fresh)).toEqual({ adopted: true });
    expect((await world.restore(fresh)).metadata.labels).toEqual({ 'holdfast.dev/managed': 'true' });
    const begun = await world.createRestore('begun-unlabelled', { labels: {} });
    const reference = { resource: RESTORES, namespace: NAMESPACE, name: 'begun-unlabelled' };
    await world.server.admin.mergePatch(reference, { status: { phase: 'Scheduled' } });
    expect(await adoptRestore(begun)).toMatchObject({
      adopted: false,
      summary: expect.stringContaining('somebody else has begun this Restore (phase Scheduled)'),
    });
  });
});

/** Activities that still see the Job of a deleted object, whose garbage collection the test does not wait for. */
function withJobThere(job: Job | undefined) {
  const { worker } = world.server;
  const api: KubernetesApi = {
    ...worker,
    get: async (reference) =>
      reference.resource === JOBS && reference.name === job?.metadata.name ? job : worker.get(reference),
  };
  return world.activities({ api });
}

/** A worker that dies as soon as an object of this kind is created. */
function dyingAfter(resource: ResourceType): KubernetesApi {
  const { worker } = world.server;
  return {
    ...worker,
    create: async (kind, ...rest) => {
      const created = await worker.create(kind, ...rest);
      if (kind !== resource) return created;
      throw new Error('the worker died');
    },
  };
}

/** A worker that dies when it is about to create an object of this kind. */
function dyingBefore(resource: ResourceType): KubernetesApi {
  const { worker } = world.server;
  return {
    ...worker,
    create: async (kind, ...rest) => {
      if (kind === resource) throw new Error('the worker died');
      return worker.create(kind, ...rest);
    },
  };
}

/** An API server on which every Job that is created is there already, as `before` makes it. */
function meetingFirst(before: (job: { metadata?: object }) => object): KubernetesApi {
  const { worker } = world.server;
  return {
    ...worker,
    create: async (resource, namespace, body, options) => {
      if (resource === JOBS && options?.dryRun !== true)
        await worker.create(resource, namespace, before(body));
      return worker.create(resource, namespace, body, options);
    },
  };
}

/** An API server over its quota of Jobs, dry runs included, until it is told to stop. */
function refusingJobs(): { api: KubernetesApi; stop(): void } {
  const { worker } = world.server;
  let refusing = true;
  const api: KubernetesApi = {
    ...worker,
    create: async (resource, ...rest) => {
      if (resource !== JOBS || !refusing) return worker.create(resource, ...rest);
      const message = 'exceeded quota: no-more-jobs';
      throw new ApiFailure({ operation: 'create Job', status: 403, reason: 'Forbidden', message });
    },
  };
  return { api, stop: () => void (refusing = false) };
}

/** An API server on which TiDB Operator runs without a selector. */
function withOperator(): KubernetesApi {
  const { worker } = world.server;
  const command = ['/usr/local/bin/tidb-controller-manager'];
  return {
    ...worker,
    list: async (resource, query) => {
      if (resource.kind === 'Lease') {
        return { items: [{ metadata: { name: 'tidb-controller-manager', namespace: 'tidb-admin' } }] };
      }
      if (resource.kind !== 'Deployment') return worker.list(resource, query);
      return { items: [{ spec: { template: { spec: { containers: [{ name: 'main', command }] } } } }] };
    },
  };
}
