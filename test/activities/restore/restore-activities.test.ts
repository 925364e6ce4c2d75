import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { waitingOf } from '../../../src/domain/replication/restore-status.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import { JOBS, PODS, RESTORES } from '../../../src/kubernetes/resources.js';
import { NAMESPACE, startRestoreWorld, type RestoreWorld } from './restore-world.js';

let world: RestoreWorld;
beforeAll(async () => {
  world = await startRestoreWorld();
});
afterAll(() => world?.stop());

const SNAPSHOT = 'snapshot-restore';

describe('the Job of the snapshot', () => {
  test('is created once, however often the activity runs, with one Event', async () => {
    const input = await world.createRestore('twice');
    const { reviewRestore, createRestoreJob } = world.activities();
    expect(await reviewRestore(input)).toMatchObject({ next: 'CreateJob', step: SNAPSHOT });
    await createRestoreJob({ ...input, step: SNAPSHOT });
    const job = await world.job(input, SNAPSHOT);
    const before = await world.restore(input);
    expect(await createRestoreJob({ ...input, step: SNAPSHOT })).toMatchObject({ next: 'Await' });
    expect((await world.job(input, SNAPSHOT))?.metadata.uid).toBe(job?.metadata.uid);
    expect((await world.restore(input)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect((await world.events(input)).filter((reason) => reason === 'SnapshotRestoreStarted')).toHaveLength(
      1,
    );
  });

  test('gets its Event also when the run that created it died before', async () => {
    const input = await world.createRestore('died');
    await world.activities().reviewRestore(input);
    const dying: KubernetesApi = {
      ...world.server.worker,
      create: async (resource, ...rest) => {
        if (resource === JOBS) await world.server.worker.create(resource, ...rest);
        throw new ApiFailure({ operation: 'create', message: 'the worker died' });
      },
    };
    await world
      .activities({ api: dying })
      .createRestoreJob({ ...input, step: SNAPSHOT })
      .catch(() => undefined);
    expect(await world.events(input)).not.toContain('SnapshotRestoreStarted');
    await world.activities().createRestoreJob({ ...input, step: SNAPSHOT });
    expect(await world.events(input)).toContain('SnapshotRestoreStarted');
  });

  test('of a deleted predecessor is waited for, and neither used nor deleted', async () => {
    const before = await world.createRestore('again');
    await world.activities().reviewRestore(before);
    await world.activities().createRestoreJob({ ...before, step: SNAPSHOT });
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
    await world.activities().reviewRestore(input);
    const api = meetingFirst((job) => job);
    await world.activities({ api }).createRestoreJob({ ...input, step: SNAPSHOT });
    expect(await world.events(input)).toContain('SnapshotRestoreStarted');
  });

  test('is not said to have started where the name was taken by a Job of somebody else', async () => {
    const input = await world.createRestore('name-taken');
    await world.activities().reviewRestore(input);
    const api = meetingFirst(({ metadata, ...job }) => ({
      ...job,
      metadata: { ...metadata, ownerReferences: [] },
    }));
    const review = await world.activities({ api }).createRestoreJob({ ...input, step: SNAPSHOT });
    expect(await world.events(input)).not.toContain('SnapshotRestoreStarted');
    expect(review).toMatchObject({ next: 'Await', phase: 'Waiting' });
  });

  test('that the API server refuses is told once, tried again, and created when it may be', async () => {
    const input = await world.createRestore('refused');
    const refusing = refusingJobs();
    const { reviewRestore, createRestoreJob } = world.activities({ api: refusing.api });
    await reviewRestore(input);
    const told = await createRestoreJob({ ...input, step: SNAPSHOT });
    expect(told).toMatchObject({ next: 'Await', phase: 'Waiting', recheckAfterMs: expect.any(Number) });
    expect(told.summary).toContain('exceeded quota');
    const { resourceVersion } = (await world.restore(input)).metadata;
    expect(await reviewRestore(input)).toMatchObject({ next: 'Await', phase: 'Waiting' });
    expect((await world.restore(input)).metadata.resourceVersion).toBe(resourceVersion);
    refusing.stop();
    expect(await reviewRestore(input)).toMatchObject({ next: 'CreateJob' });
    await createRestoreJob({ ...input, step: SNAPSHOT });
    expect(await world.job(input, SNAPSHOT)).toBeDefined();
  });
});

describe('the gate', () => {
  test('opens in one write that changes phase, condition and step together', async () => {
    await world.setCompaction('cb-gate', 'Complete');
    const input = await world.createRestore('gate', { compactBackup: 'cb-gate' });
    const { reviewRestore, createRestoreJob } = world.activities();
    await reviewRestore(input);
    await createRestoreJob({ ...input, step: SNAPSHOT });
    await world.endRun(input, SNAPSHOT);
    expect(await reviewRestore(input)).toMatchObject({ next: 'CreateJob', step: 'log-restore' });
    const { status } = await world.restore(input);
    expect(status).toMatchObject({ phase: 'LogRestore', replicationStep: 'log-restore' });
    await createRestoreJob({ ...input, step: 'log-restore' });
    expect(JSON.stringify((await world.job(input, 'log-restore'))?.spec)).toContain('--replicationPhase=2');
  });
});

describe('stopping', () => {
  test('deletes our Job alone and comes back only when its pod is gone', async () => {
    const input = await world.createRestore('stopped');
    const { reviewRestore, createRestoreJob, stopRestoreJobs } = world.activities();
    await reviewRestore(input);
    await createRestoreJob({ ...input, step: SNAPSHOT });
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

describe('a Restore that is not ours to run', () => {
  test('is refused with the reason where TiDB Operator sees it, and no Job is created', async () => {
    const input = await world.createRestore('seen');
    // Without a Deployment to look at, the label is trusted: only an operator without a selector sees it.
    const review = await world.activities({ operator: 'present', api: withOperator() }).reviewRestore(input);
    expect(review).toMatchObject({ next: 'Await', phase: 'Waiting' });
    expect(review.summary).toMatch(/TiDB Operator sees this Restore.*-selector=holdfast\.dev\/managed!=true/);
    expect(waitingOf((await world.restore(input)).status)?.reason).toBe('OperatorSeesRestore');
  });

  test('is refused where the CRD drops spec.replicationConfig', async () => {
    const input = await world.createRestore('pruned', { spec: { replicationConfig: undefined } });
    const documents = {
      components: {
        schemas: {
          restore: {
            'x-kubernetes-group-version-kind': [{ kind: 'Restore' }],
            properties: { spec: { properties: { br: {} } } },
          },
        },
      },
    };
    const review = await world.activities({ documents }).reviewRestore(input);
    expect(review.summary).toMatch(/drops spec\.replicationConfig/);
    expect(await world.job(input, 'standard')).toBeUndefined();
    expect(waitingOf((await world.restore(input)).status)?.reason).toBe('ReplicationConfigPruned');
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
    const begun = await world.createRestore('begun', { labels: {} });
    const reference = { resource: RESTORES, namespace: NAMESPACE, name: 'begun' };
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
