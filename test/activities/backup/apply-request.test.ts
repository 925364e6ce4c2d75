import { beforeEach, describe, expect, test } from 'vitest';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import type { PersonRequest } from '../../../src/domain/retry/request.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import { BACKUPS, EVENTS, JOBS, PODS } from '../../../src/kubernetes/resources.js';
import { backupInIncident, BEGUN } from '../../domain/retry/backup-in-incident.js';
import { exampleJob } from '../../domain/retry/example-backup.js';
import { createInMemoryCluster, type InMemoryCluster } from '../../kubernetes/in-memory-cluster.js';
import { interceptedApi } from '../../kubernetes/intercepted-api.js';
import { INPUT, inMemoryBackup, REFERENCE, type InMemoryBackup } from '../in-memory-backup.js';

const pod = (name: string, ownerUid: string) => ({
  metadata: {
    name,
    namespace: 'prod',
    labels: { 'batch.kubernetes.io/job-name': 'backup-orders-log-start' },
    ownerReferences: [
      { apiVersion: 'batch/v1', kind: 'Job', name: 'backup-orders-log-start', uid: ownerUid },
    ],
  },
});

let memory: InMemoryCluster;
let world: InMemoryBackup;
beforeEach(() => {
  memory = createInMemoryCluster();
  world = inMemoryBackup(memory);
  memory.put(BACKUPS, backupInIncident());
  memory.put(JOBS, exampleJob({ condition: 'Failed' }));
});

const backup = () => world.backup();
const apply = (request: PersonRequest, options: { id?: string; api?: KubernetesApi } = {}) =>
  world.activities(options.api).applyRequest({ ...INPUT, request, requestId: options.id ?? 'u1' });

describe('one request', () => {
  test('is one write: the incident with who asked, and the record', async () => {
    const writes: string[] = [];
    memory.onWrite((verb, { kind }) => writes.push(`${verb} ${kind}`));
    const answer = await apply({ kind: 'retryNow', by: 'alice@laptop', note: 'now' });
    const summary = 'retry 1 of 5 at 2026-11-21T10:30:00Z';
    expect(answer).toEqual({ result: 'applied', summary, at: '2026-11-21T10:30:00Z' });
    expect(writes).toEqual(['patch Backup']);
    expect(backup().status.backoffRetryStatus?.[0]?.expectedRetryAt).toBe('2026-11-21T10:30:00Z');
    expect(readIncident(backup())?.lastRequest).toEqual({
      id: 'u1',
      kind: 'retryNow',
      at: '2026-11-21T10:30:00Z',
      by: 'alice@laptop',
      note: 'now',
      summary,
    });
  });

  test('that is repeated after its write extends once, and answers the same', async () => {
    const request: PersonRequest = { kind: 'extendBudget', retries: 2 };
    const first = await apply(request);
    expect(await apply(request)).toEqual(first);
    expect(readIncident(backup())?.extended).toEqual({ retries: 2, timeoutMs: 0 });
    await apply(request, { id: 'u2' });
    expect(readIncident(backup())?.extended).toEqual({ retries: 4, timeoutMs: 0 });
  });

  test('that another writer overtakes is decided anew', async () => {
    let overtaken = false;
    const api = interceptedApi(memory.api, {
      before: async ({ verb }) => {
        if (overtaken || verb !== 'patch') return;
        overtaken = true;
        await memory.api.mergePatch(REFERENCE, { metadata: { annotations: { note: 'somebody else' } } });
      },
    });
    expect(await apply({ kind: 'extendBudget', retries: 2 }, { api })).toMatchObject({ result: 'applied' });
    expect(overtaken).toBe(true);
    expect(backup().metadata.annotations?.['note']).toBe('somebody else');
    expect(readIncident(backup())?.extended?.retries).toBe(2);
  });

  test('for what is on its way already is applied without a write', async () => {
    memory.put(BACKUPS, backupInIncident({ record: { expectedRetryAt: '2026-11-21T10:29:55Z' } }));
    const before = backup();
    expect(await apply({ kind: 'retryNow' })).toMatchObject({
      result: 'applied',
      summary: 'retry 1 is due since 2026-11-21T10:29:55Z',
    });
    expect(backup()).toEqual(before);
  });

  test('to go on after a bad end is one more record, with the reason of the last failure', async () => {
    const ended = { state: 'settled', retries: 5 };
    memory.put(BACKUPS, backupInIncident({ incident: ended, record: BEGUN, reason: 'RetryExhausted' }));
    expect(await apply({ kind: 'retryNow' })).toMatchObject({
      result: 'applied',
      summary: 'retry 6 of 6 at 2026-11-21T10:30:00Z',
    });
    expect(backup().status.backoffRetryStatus).toMatchObject([
      { retryNum: 5 },
      { retryNum: 6, expectedRetryAt: '2026-11-21T10:30:00Z', originalReason: 'BackoffLimitExceeded' },
    ]);
    expect(readIncident(backup())).toMatchObject({ state: 'open', retries: 6, extended: { retries: 1 } });
  });

  test('that is senseless writes nothing', async () => {
    const before = backup();
    expect(await apply({ kind: 'resumeRetrying' })).toMatchObject({ result: 'refused' });
    expect(backup()).toEqual(before);
  });

  test('to stop tells why in the condition, and writes one Event however often it is repeated', async () => {
    await apply({ kind: 'stopRetrying', by: 'alice@laptop', note: 'storage moves' });
    await apply({ kind: 'stopRetrying', by: 'alice@laptop', note: 'storage moves' });
    const failed = backup().status.conditions?.find(({ type }) => type === 'Failed');
    expect(failed).toMatchObject({
      reason: 'RetryStopped',
      message: 'stopped after 1 of 5 retries by alice@laptop (storage moves); last failure: OOMKilled',
    });
    expect(memory.all(EVENTS)).toMatchObject([{ reason: 'BackupFailed', type: 'Warning' }]);
  });

  test('for a Backup that is another object by now is refused', async () => {
    memory.put(BACKUPS, backupInIncident({ metadata: { uid: 'another' } }));
    expect(await apply({ kind: 'retryNow' })).toMatchObject({
      result: 'refused',
      reason: 'the Backup does not exist any more',
    });
  });
});

describe('forceDeletePods', () => {
  const force = () => world.activities().forceDeletePods(INPUT);

  test('removes the pods of the failed Job and no others', async () => {
    memory.put(PODS, pod('hangs', 'job-1'));
    memory.put(PODS, pod('somebody-elses', 'another-job'));
    expect(await force()).toEqual({ pods: ['hangs'] });
    expect(memory.all(PODS).map(({ metadata }) => metadata)).toMatchObject([{ name: 'somebody-elses' }]);
  });

  test('leaves the pods of a Job that runs', async () => {
    memory.put(JOBS, exampleJob({ uid: 'job-2' }));
    memory.put(PODS, pod('works', 'job-2'));
    expect(await force()).toEqual({ pods: [] });
    expect(memory.all(PODS)).toHaveLength(1);
  });
});
