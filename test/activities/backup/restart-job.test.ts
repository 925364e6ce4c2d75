import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../../../dev/processes/readiness.js';
import { backupOwnerReference } from '../../../src/kubernetes/objects/owned-metadata.js';
import type { RestartJobInput } from '../../../src/activities/backup/restart-job.js';
import { jobOutcome, trueCondition } from '../../../src/domain/kubernetes/job-outcome.js';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import { NODE_LOST_AFTER_MS } from '../../../src/domain/retry/stuck-job.js';
import { specHash } from '../../../src/domain/spec-hash.js';
import { backupReference, patchBackup } from '../../../src/kubernetes/backups.js';
import { keepTemplate, readTemplate } from '../../../src/kubernetes/job-template.js';
import { findJob, jobReference, listItems } from '../../../src/kubernetes/jobs.js';
import { CONTROLLER_REVISIONS, JOBS, PODS } from '../../../src/kubernetes/resources.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { ObjectMeta } from '../../../src/domain/kubernetes/object-meta.js';
import { footprint, jobOf, NAMESPACE, startBackupWorld, type BackupWorld } from '../backup-world.js';
import { startFakeKubelet } from '../fake-kubelet.js';
import { interceptedApi, recordedApi, type ApiCall } from '../../kubernetes/intercepted-api.js';

let world: BackupWorld;
beforeAll(async () => {
  world = await startBackupWorld();
});
afterAll(() => world?.stop());

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const restart = (input: RestartJobInput) => world.activities().restartJob(input);

async function revisionsOf({ uid }: RestartJobInput): Promise<readonly unknown[]> {
  const labelSelector = `holdfast.dev/owner-uid=${uid}`;
  return listItems(
    await world.server.admin.list(CONTROLLER_REVISIONS, { namespace: NAMESPACE, labelSelector }),
  );
}

/** The pod template of a Job without what the Job controller and the attempt put in. */
function templateWithout(job: Job, labels: readonly string[]): object {
  const { template } = job.spec;
  return JSON.parse(
    JSON.stringify(template, (key, value: unknown) => (labels.includes(key) ? undefined : value)),
  );
}
const OF_ONE_RUN = [
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'holdfast.dev/attempt',
];

/** Everything that must hold after retry 1, whatever happened on the way. */
async function expectRestarted(input: RestartJobInput, failed: Job): Promise<void> {
  const job = await world.job(input);
  const backup = await world.backup(input);
  expect(job.metadata.uid).not.toBe(failed.metadata.uid);
  expect(job.metadata.labels).toMatchObject({
    ...withoutKeys(failed.metadata.labels, OF_ONE_RUN),
    'holdfast.dev/attempt': '1',
    'holdfast.dev/owner-uid': input.uid,
  });
  expect(job.metadata.annotations).toStrictEqual(failed.metadata.annotations);
  expect(job.metadata.ownerReferences).toStrictEqual([backupOwnerReference(backup)]);
  expect(templateWithout(job, OF_ONE_RUN)).toStrictEqual(templateWithout(failed, OF_ONE_RUN));
  expect((await world.pod(input)).metadata.labels).toMatchObject({ 'holdfast.dev/attempt': '1' });
  expect(backup.status.phase).toBe('Scheduled');
  expect(backup.status.logSubCommandStatuses?.['log-start']?.conditions?.map(({ type }) => type)).toEqual([
    'Scheduled',
  ]);
  expect(backup.status.backoffRetryStatus).toMatchObject([{ retryNum: 1, realRetryAt: time }]);
  expect(await revisionsOf(input)).toMatchObject([
    {
      metadata: { ownerReferences: [{ kind: 'Backup', uid: input.uid, controller: true }] },
      data: await readTemplate(world.server.admin, { backup, jobName: jobOf(input).name }),
    },
  ]);
}

function withoutKeys(record: Readonly<Record<string, string>> | undefined, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([key]) => !keys.includes(key)));
}

describe('a restart that is due', () => {
  test('replaces the failed Job by one from the same template, once, however often it runs', async () => {
    const input = await world.dueBackup('plain');
    const failed = await world.job(input);
    expect(await restart(input)).toMatchObject({ result: 'Started' });
    await expectRestarted(input, failed);
    const written = await footprint(world, input);
    for (let run = 0; run < 9; run += 1) expect((await restart(input)).result).toBe('Superseded');
    expect(await footprint(world, input)).toStrictEqual(written);
  });

  test('gives one Job when ten run at once', async () => {
    const input = await world.dueBackup('at-once');
    const failed = await world.job(input);
    const results = await Promise.all(Array.from({ length: 10 }, () => restart(input)));
    expect(results.map(({ result }) => result)).toContain('Started');
    expect(results.map(({ result }) => result)).not.toContain('Blocked');
    await expectRestarted(input, failed);
  });

  test.each<[string, string, 'before' | 'after']>([
    ['before it looked whether the template is kept', 'get controllerrevisions', 'before'],
    ['before the failed Job is deleted', 'delete jobs', 'before'],
    ['after the failed Job is deleted', 'delete jobs', 'after'],
    ['before "scheduled" is written', 'patch backups', 'before'],
    ['after "scheduled" is written', 'patch backups', 'after'],
    ['after the new Job is created', 'create jobs', 'after'],
  ])('goes on where it died: %s', async (_where, fatal, moment) => {
    const input = await world.dueBackup(`died-${moment}-${fatal.replace(' ', '-')}`);
    const failed = await world.job(input);
    const die = ({ verb, resource }: ApiCall) => {
      if (`${verb} ${resource}` === fatal) throw new Error('died here');
    };
    const dying = world.activities(interceptedApi(world.server.worker, { [moment]: die }));
    await expect(dying.restartJob(input)).rejects.toThrow('died here');
    const second = await restart(input);
    // What was created before it died is not created again: the review finds it.
    expect(second.result).toBe(fatal === 'create jobs' ? 'Superseded' : 'Started');
    await expectRestarted(input, failed);
  });

  test('uses the template that the record kept where somebody deleted the failed Job, whatever it was built from', async () => {
    const input = await world.failedBackup('deleted-meanwhile');
    const ours = await world.job(input);
    await removeJob(ours);
    // A Job such as we would not build it: another writer's.
    await createJobLike(ours, { labels: { app: 'theirs' }, annotations: { by: 'them' } });
    const theirs = await world.endRun(input, { result: 'Failed' });
    const due = await world.untilDue(input);
    await removeJob(theirs);
    expect(await restart(due)).toMatchObject({ result: 'Started' });
    await expectRestarted(due, theirs);
  });

  test('keeps the template itself where the record was written without', async () => {
    const input = await world.dueBackup('kept-late');
    const failed = await world.job(input);
    await removeTemplate(input);
    expect(await restart(input)).toMatchObject({ result: 'Started' });
    await expectRestarted(input, failed);
  });

  test('whose two runs overlap at the creation counts the other one as its own', async () => {
    const input = await world.dueBackup('overlapping');
    const failed = await world.job(input);
    let others = 0;
    const overlap = async ({ verb, resource }: ApiCall) => {
      if (`${verb} ${resource}` !== 'create jobs' || others > 0) return;
      others += 1;
      expect(await restart(input)).toMatchObject({ result: 'Started' });
    };
    const slow = world.activities(interceptedApi(world.server.worker, { before: overlap }));
    expect(await slow.restartJob(input)).toMatchObject({
      result: 'Started',
      summary: expect.stringMatching(/created before/),
    });
    await expectRestarted(input, failed);
  });

  test('runs what the spec says now where it was edited since the Job was built', async () => {
    const input = await world.dueBackup('edited');
    const backup = await world.backup(input);
    const spec = { s3: { bucket: 'the-right-one' }, toolImage: 'pingcap/br:v8.5.9' };
    await world.server.admin.mergePatch(backupReference(input), { spec });
    expect(await restart(input)).toMatchObject({ result: 'Started' });
    expect(JSON.stringify((await world.job(input)).spec)).toContain('pingcap/br:v8.5.9');
    const incident = readIncident(await world.backup(input));
    expect(incident?.specHash).toBe(specHash((await world.backup(input)).spec));
    expect(incident?.specHash).not.toBe(readIncident(backup)?.specHash);
  });

  test('costs five writes with record and settlement, one more for the first template, and two Events', async () => {
    const input = await world.failedBackup('cheap');
    const { api, writes } = recordedApi(world.server.worker);
    const { reviewBackup, restartJob } = world.activities(api);
    const retryTo = async (result: 'Complete' | 'Failed') => {
      const review = await reviewBackup(input);
      if (review.next !== 'Retry') throw new Error(review.summary);
      world.skipMs(Math.max(0, review.dueMs - world.now()));
      await restartJob({ ...input, retryNum: review.retryNum });
      await world.endRun(input, { result });
    };
    await retryTo('Failed');
    // Event and template are written together, in either order.
    const besideTheRecord = writes.slice(1, 3);
    expect(new Set(besideTheRecord)).toEqual(new Set(['create events', 'create controllerrevisions']));
    expect(writes.splice(0)).toEqual([
      'patch backups',
      ...besideTheRecord,
      'delete jobs',
      'patch backups',
      'create jobs',
    ]);
    await retryTo('Complete');
    await reviewBackup(input);
    expect(writes).toEqual([
      'patch backups',
      'create events',
      'delete jobs',
      'patch backups',
      'create jobs',
      'create events',
      'patch backups',
    ]);
  });
});

test('a restart asks the API server for no more than it needs', async () => {
  const input = await world.dueBackup('frugal');
  const { api, calls } = recordedApi(world.server.worker);
  expect(await world.activities(api).restartJob(input)).toMatchObject({ result: 'Started' });
  // Between deletion and "scheduled" it looks whether the Job is gone, as often as that takes.
  const deletedAt = calls.indexOf('delete jobs') + 1;
  const goneAt = calls.indexOf('patch backups');
  expect(goneAt).toBeGreaterThan(deletedAt);
  expect(new Set(calls.splice(deletedAt, goneAt - deletedAt))).toEqual(new Set(['get jobs']));
  expect(calls).toEqual([
    'get backups',
    'get jobs',
    'get controllerrevisions',
    'delete jobs',
    'patch backups',
    'create jobs',
  ]);
});

test('who stops the incident while the failed Job goes is heard', async () => {
  const input = await world.dueBackup('stopped-meanwhile');
  const stop = async ({ verb, resource }: ApiCall) => {
    if (`${verb} ${resource}` !== 'delete jobs') return;
    const backup = await world.backup(input);
    const incident = JSON.stringify({ ...readIncident(backup), state: 'stopped' });
    await patchBackup(world.server.admin, backup, { annotations: { 'holdfast.dev/incident': incident } });
  };
  const { restartJob } = world.activities(interceptedApi(world.server.worker, { after: stop }));
  expect(await restartJob(input)).toMatchObject({ result: 'Superseded' });
  expect(await findJob(world.server.admin, jobOf(input))).toBeUndefined();
  expect((await world.backup(input)).status.phase).not.toBe('Scheduled');
});

describe('who stops the incident between "scheduled" and the new Job', () => {
  const stop = (input: RestartJobInput) => {
    const request = { kind: 'stopRetrying', by: 'alice@laptop' } as const;
    return world.activities().applyRequest({ ...input, request, requestId: 'stop-1' });
  };
  const stopBefore = (input: RestartJobInput, then: () => void = () => undefined) =>
    world.activities(
      interceptedApi(world.server.worker, {
        before: async ({ verb, resource }) => {
          if (`${verb} ${resource}` !== 'create jobs') return;
          expect(await stop(input)).toMatchObject({
            result: 'applied',
            summary: expect.stringMatching(/^retry 1 has begun: .* should it fail, it is not retried$/),
          });
          then();
        },
      }),
    );
  const conditionsOf = async (input: RestartJobInput) => (await world.backup(input)).status.conditions;

  test('is told that it has begun: the Job runs, and its failure is the end', async () => {
    const input = await world.dueBackup('stopped-too-late');
    expect(await stopBefore(input).restartJob(input)).toMatchObject({ result: 'Started' });
    expect((await conditionsOf(input))?.map(({ type }) => type)).toEqual(['Scheduled']);
    expect(await world.activities().reviewBackup(input)).toMatchObject({ next: 'Done', outcome: 'Left' });
    await world.endRun(input, { result: 'Failed' });
    expect(await world.activities().reviewBackup(input)).toMatchObject({ next: 'Done', outcome: 'Failed' });
    expect((await conditionsOf(input))?.find(({ type }) => type === 'Failed')?.reason).toBe('RetryStopped');
    expect((await world.backup(input)).status.backoffRetryStatus).toHaveLength(1);
  });

  test('is obeyed where the worker died there: no Job comes, and it ends as stopped', async () => {
    const input = await world.dueBackup('stopped-in-the-gap');
    const dying = stopBefore(input, () => {
      throw new Error('died here');
    });
    await expect(dying.restartJob(input)).rejects.toThrow('died here');
    expect(await restart(input)).toMatchObject({ result: 'Superseded' });
    const end = await world.activities().reviewBackup(input);
    expect(end).toMatchObject({
      next: 'Done',
      outcome: 'Failed',
      summary: expect.stringMatching(
        /^RetryStopped: retrying was stopped by alice@laptop .*retry 1 has no Job/,
      ),
    });
    const written = await footprint(world, input);
    expect(written).toMatchObject({ job: 'none' });
    expect(await world.activities().reviewBackup(input)).toStrictEqual(end);
    expect(await footprint(world, input)).toStrictEqual(written);
  });
});

test('a template that was kept of an earlier Job of this name gives way to the one of the failed Job', async () => {
  const input = await world.dueBackup('built-anew');
  await restart(input);
  await removeJob(await world.job(input));
  const kept = { cpu: '1' };
  const first = await world.failedBackup('its-example', { resources: { limits: kept } });
  const ownerReferences = [backupOwnerReference(await world.backup(input))];
  await createJobLike(await world.job(first), { name: jobOf(input).name, ownerReferences });
  const job = await world.job(input);
  const backup = await world.backup(input);
  const template = await keepTemplate(world.server.worker, { backup, job, keptBefore: 'hardly' });
  expect(JSON.stringify(template.spec)).toContain(`"limits":${JSON.stringify(kept)}`);
  expect(await readTemplate(world.server.admin, { backup, jobName: job.metadata.name })).toStrictEqual(
    template,
  );
});

describe('a pod that does not end', () => {
  test('keeps the retry waiting, and people are told which pod and on which node', async () => {
    const started = await world.createBackup('hanging');
    await world.activities().createFirstJob(started);
    await world.bindPod(started, 'node-7');
    const failed = await world.endRun(started, { result: 'Failed' });
    const input = await world.untilDue(started);
    const { metadata } = await world.pod(input);
    const pod = { resource: PODS, namespace: NAMESPACE, name: metadata.name };
    const finalizers = ['test.holdfast.dev/hangs'];
    await world.server.admin.mergePatch(pod, { metadata: { finalizers } });
    const restarting = restart(input);
    await waitUntil({
      what: 'the Event RetryBlocked should be there',
      timeoutMs: 20_000,
      attempt: async () => (await world.events(input)).some(({ reason }) => reason === 'RetryBlocked'),
    });
    const blocked = (await world.events(input)).filter(({ reason }) => reason === 'RetryBlocked');
    expect(blocked).toMatchObject([
      {
        type: 'Warning',
        message: `retry 1 waits for Job ${jobOf(input).name} to go: pod ${metadata.name} on node node-7 does not end`,
      },
    ]);
    expect((await world.job(input)).metadata.uid).toBe(failed.metadata.uid);
    await world.server.admin.mergePatch(pod, { metadata: { finalizers: null } });
    expect(await restarting).toMatchObject({ result: 'Started' });
    await expectRestarted(input, failed);
  });

  test('is taken out by a person who knows that its node is gone, and the retry that waited goes on', async () => {
    const started = await world.createBackup('on-a-lost-node');
    const { createFirstJob, applyRequest, forceDeletePods } = world.activities();
    await createFirstJob(started);
    // A node that is known: pods of one that is not are taken out by Kubernetes itself.
    const { node, stop } = await startFakeKubelet(world.server, 'lost-node');
    onTestFinished(stop);
    await world.bindPod(started, node);
    const { metadata } = await world.pod(started);
    const pod = { resource: PODS, namespace: NAMESPACE, name: metadata.name };
    await world.server.writeStatus(pod, { phase: 'Running' });
    // As the node controller evicts it: nobody confirms, and Kubernetes keeps the Job from Failed.
    await world.server.admin.delete(pod, { uid: metadata.uid, propagationPolicy: 'Background' });
    await waitUntil({
      what: 'the Job should be about to fail',
      timeoutMs: 20_000,
      attempt: async () => trueCondition(await world.job(started), 'FailureTarget') !== undefined,
    });
    const failed = await world.job(started);
    expect(jobOutcome(failed)).toBe('running');
    world.skipMs(NODE_LOST_AFTER_MS);
    const input = await world.untilDue(started);
    const restarting = restart(input);
    await waitUntil({
      what: 'the restart should have deleted the Job',
      timeoutMs: 20_000,
      attempt: async () => (await world.job(input)).metadata.deletionTimestamp !== undefined,
    });
    expect((await world.pod(input)).metadata.uid).toBe(metadata.uid);
    const request = { kind: 'retryNow', forceDeletePod: true, by: 'alice@laptop' } as const;
    expect(await applyRequest({ ...started, request, requestId: 'u1' })).toMatchObject({ result: 'applied' });
    expect(await forceDeletePods(started)).toEqual({ pods: [metadata.name] });
    await waitUntil({
      what: 'the pod should be gone at once',
      timeoutMs: 10_000,
      attempt: async () => (await world.server.admin.get(pod)) === undefined,
    });
    expect(await restarting).toMatchObject({ result: 'Started' });
    await expectRestarted(input, failed);
  });
});

describe('a restart that is not due (any more) changes nothing', () => {
  async function expectUntouched(input: RestartJobInput): Promise<void> {
    const before = await footprint(world, input);
    const { api, writes } = recordedApi(world.server.worker);
    expect(await world.activities(api).restartJob(input)).toMatchObject({ result: 'Superseded' });
    expect(writes).toEqual([]);
    expect(await footprint(world, input)).toStrictEqual(before);
  }

  test('before its time', async () => {
    const input = await world.failedBackup('early');
    expect(await world.activities().reviewBackup(input)).toMatchObject({ next: 'Retry', retryNum: 1 });
    await expectUntouched({ ...input, retryNum: 1 });
  });

  test('of another number', async () => {
    await expectUntouched({ ...(await world.dueBackup('other-number')), retryNum: 2 });
  });

  test('when the failure was never recorded', async () => {
    await expectUntouched({ ...(await world.failedBackup('unrecorded')), retryNum: 1 });
  });

  test('when another Job of this Backup runs already', async () => {
    const input = await world.dueBackup('operator-was-faster');
    const failed = await world.job(input);
    await removeJob(failed);
    await createJobLike(failed, {});
    await expectUntouched(input);
  });

  test('when the Backup is gone', async () => {
    await expectUntouched({ ...(await world.dueBackup('of-yesterday')), uid: 'its-predecessor' });
  });

  test('when the incident was stopped by a person', async () => {
    const input = await world.dueBackup('stopped');
    const backup = await world.backup(input);
    const incident = JSON.stringify({ ...readIncident(backup), state: 'stopped' });
    await patchBackup(world.server.admin, backup, { annotations: { 'holdfast.dev/incident': incident } });
    await expectUntouched(input);
  });
});

test('a Job of a deleted predecessor is waited for, and nothing of it is touched', async () => {
  const example = await world.failedBackup('example');
  const input = await world.createBackup('successor');
  const ownerReferences = [
    { ...backupOwnerReference(await world.backup(input)), uid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' },
  ];
  // The garbage collector begins to delete it, as it would after its owner; the finalizer keeps it.
  const finalizers = ['test.holdfast.dev/lingers'];
  await createJobLike(await world.job(example), { name: jobOf(input).name, ownerReferences, finalizers });
  const { api, writes } = recordedApi(world.server.worker);
  const { reviewBackup, createFirstJob } = world.activities(api);
  expect(await reviewBackup(input)).toMatchObject({
    next: 'Await',
    summary: expect.stringMatching(/deleted predecessor/),
    recheckAfterMs: 10_000,
  });
  expect(await createFirstJob(input)).toMatchObject({ result: 'Superseded' });
  expect(writes).toEqual([]);
  await world.server.admin.mergePatch(jobReference(jobOf(input)), { metadata: { finalizers: null } });
  await waitUntil({
    what: "the predecessor's Job should go",
    timeoutMs: 30_000,
    attempt: async () => (await findJob(world.server.admin, jobOf(input))) === undefined,
  });
  expect(await reviewBackup(input)).toMatchObject({ next: 'CreateFirstJob' });
  expect(await createFirstJob(input)).toMatchObject({ result: 'Started' });
});

async function removeTemplate(input: RestartJobInput): Promise<void> {
  const [revision] = await revisionsOf(input);
  const { namespace, name, uid } = z.looseObject({ metadata: ObjectMeta }).parse(revision).metadata;
  // At once: a foreground deletion leaves it to be read until the garbage collector comes.
  const now = { uid, propagationPolicy: 'Background' } as const;
  await world.server.admin.delete({ resource: CONTROLLER_REVISIONS, namespace, name }, now);
}

async function removeJob({ metadata: { namespace, name, uid } }: Job): Promise<void> {
  await world.server.admin.delete(jobReference({ namespace, name }), { uid });
  await waitUntil({
    what: `Job ${name} should go`,
    timeoutMs: 20_000,
    attempt: async () => (await findJob(world.server.admin, { namespace, name })) === undefined,
  });
}

/** A Job as this one, made by somebody else. */
async function createJobLike(job: Job, changes: { name?: string; [field: string]: unknown }): Promise<void> {
  const { namespace, name, ownerReferences } = job.metadata;
  const { selector: _selector, ...spec } = job.spec;
  await world.server.admin.create(JOBS, namespace, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace, name, ownerReferences, ...changes },
    spec: JSON.parse(
      JSON.stringify(spec, (key, value: unknown) => (OF_ONE_RUN.includes(key) ? undefined : value)),
    ),
  });
}
