import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../../../dev/processes/readiness.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import { findJob } from '../../../src/kubernetes/jobs.js';
import { SECRETS, TIDB_CLUSTERS, type ResourceType } from '../../../src/kubernetes/resources.js';
import { footprint, jobOf, NAMESPACE, startBackupWorld, type BackupWorld } from '../backup-world.js';
import { interceptedApi, recordedApi, type ApiCall } from '../../kubernetes/intercepted-api.js';

const QUOTAS: ResourceType = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota' };

let world: BackupWorld;
beforeAll(async () => {
  world = await startBackupWorld();
});
afterAll(() => world?.stop());

const createFirstJob = (input: SuperviseBackupInput) => world.activities().createFirstJob(input);

async function conditionsOf(input: SuperviseBackupInput) {
  const { status } = await world.backup(input);
  return status.logSubCommandStatuses?.['log-start']?.conditions ?? [];
}

describe('a first run for which everything is there', () => {
  test('is one Job, attempt 0, however often it is asked for', async () => {
    const input = await world.createBackup('first');
    expect(await createFirstJob(input)).toMatchObject({ result: 'Started' });
    expect((await world.job(input)).metadata.labels).toMatchObject({
      'holdfast.dev/attempt': '0',
      'holdfast.dev/owner-uid': input.uid,
      'app.kubernetes.io/managed-by': 'backup-operator',
    });
    expect((await world.backup(input)).status.phase).toBe('Scheduled');
    const written = await footprint(world, input);
    for (let run = 0; run < 9; run += 1) expect((await createFirstJob(input)).result).toBe('Superseded');
    expect(await footprint(world, input)).toStrictEqual(written);
  });

  test('is one Job when ten ask at once', async () => {
    const input = await world.createBackup('first-at-once');
    const results = await Promise.all(Array.from({ length: 10 }, () => createFirstJob(input)));
    expect(results.map(({ result }) => result)).toContain('Started');
    expect(results.map(({ result }) => result)).not.toContain('Blocked');
    const conditions = await conditionsOf(input);
    expect(conditions.map(({ type }) => type)).toEqual(['Scheduled']);
  });

  test('says "scheduled" before its Job exists, and goes on there after a death', async () => {
    const input = await world.createBackup('died-first');
    const die = ({ verb, resource }: ApiCall) => {
      if (`${verb} ${resource}` === 'create jobs') throw new Error('died here');
    };
    const dying = world.activities(interceptedApi(world.server.worker, { before: die }));
    await expect(dying.createFirstJob(input)).rejects.toThrow('died here');
    expect((await world.backup(input)).status.phase).toBe('Scheduled');
    expect(await findJob(world.server.admin, jobOf(input))).toBeUndefined();
    expect(await createFirstJob(input)).toMatchObject({ result: 'Started' });
  });
});

describe('a first run that lacks something', () => {
  /** Says what is missing, in condition RetryFailed, once; `bring` mends it. */
  async function expectBlocked(
    input: SuperviseBackupInput,
    { reason, message, bring }: { reason: string; message: RegExp; bring: () => Promise<unknown> },
  ): Promise<void> {
    expect(await createFirstJob(input)).toMatchObject({
      result: 'Blocked',
      summary: expect.stringMatching(message),
    });
    expect((await conditionsOf(input)).at(-1)).toMatchObject({
      type: 'RetryFailed',
      reason,
      message: expect.stringMatching(message),
    });
    const written = await footprint(world, input);
    const { api, writes } = recordedApi(world.server.worker);
    const again = world.activities(api);
    for (let run = 0; run < 9; run += 1) expect((await again.createFirstJob(input)).result).toBe('Blocked');
    expect(writes).toEqual([]);
    expect(await footprint(world, input)).toStrictEqual(written);
    expect(written).toMatchObject({ job: 'none', events: [] });
    await bring();
    expect(await createFirstJob(input)).toMatchObject({ result: 'Started' });
    expect((await conditionsOf(input)).map(({ type }) => type)).toEqual(['Scheduled']);
    expect((await world.backup(input)).status.phase).toBe('Scheduled');
  }

  test('a TidbCluster', async () => {
    const input = await world.createBackup('clusterless', { br: { cluster: 'later' } });
    await expectBlocked(input, {
      reason: 'TidbClusterNotFound',
      message: /^TidbCluster shop\/later does not exist/,
      bring: () =>
        world.server.admin.create(TIDB_CLUSTERS, NAMESPACE, {
          apiVersion: 'pingcap.com/v1alpha1',
          kind: 'TidbCluster',
          metadata: { name: 'later', namespace: NAMESPACE },
          spec: { version: 'v8.5.2' },
        }),
    });
  });

  const secret = (name: string, stringData: object) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData,
  });
  const withSecret = (secretName: string) => ({ s3: { provider: 'aws', bucket: 'backups', secretName } });

  test('a Secret', async () => {
    const input = await world.createBackup('secretless', withSecret('later'));
    const created = secret('later', { access_key: 'a', secret_key: 'b' });
    await expectBlocked(input, {
      reason: 'GetS3SecretFailed',
      message: /^Secret later does not exist/,
      bring: () => world.server.admin.create(SECRETS, NAMESPACE, created),
    });
  });

  test('a key of a Secret', async () => {
    await world.server.admin.create(SECRETS, NAMESPACE, secret('half', { access_key: 'a' }));
    const input = await world.createBackup('keyless', withSecret('half'));
    const half = { resource: SECRETS, namespace: NAMESPACE, name: 'half' };
    await expectBlocked(input, {
      reason: 's3KeyNotExist',
      message: /^Secret half lacks keys: it needs access_key, secret_key/,
      bring: () => world.server.admin.mergePatch(half, { data: { secret_key: 'Yg==' } }),
    });
  });
});

describe('where admission refuses Jobs', () => {
  const quota = { resource: QUOTAS, namespace: NAMESPACE, name: 'no-more-jobs' };

  async function setQuota(jobs: number): Promise<void> {
    const spec = { hard: { 'count/jobs.batch': String(jobs) } };
    if ((await world.server.admin.get(quota)) === undefined) {
      const metadata = { name: quota.name, namespace: NAMESPACE };
      await world.server.admin.create(QUOTAS, NAMESPACE, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata,
        spec,
      });
    } else {
      await world.server.admin.mergePatch(quota, { spec });
    }
    await waitUntil({
      what: 'the quota should be in force',
      timeoutMs: 30_000,
      attempt: async () =>
        Quota.parse(await world.server.admin.get(quota)).status?.hard?.['count/jobs.batch'] === String(jobs),
    });
  }

  afterEach(() => setQuota(100));

  const refusal = /403 Forbidden: jobs\.batch .* exceeded quota: no-more-jobs/;

  test('a first run is blocked with the words of the refusal, said once, until it is let through', async () => {
    const input = await world.createBackup('over-quota');
    await setQuota(0);
    expect(await createFirstJob(input)).toMatchObject({
      result: 'Blocked',
      summary: expect.stringMatching(refusal),
    });
    const said = {
      type: 'RetryFailed',
      reason: 'CreateBackupJobFailed',
      message: expect.stringMatching(refusal),
    };
    expect((await conditionsOf(input)).at(-1)).toMatchObject(said);
    const written = await footprint(world, input);
    for (let run = 0; run < 9; run += 1) expect((await createFirstJob(input)).result).toBe('Blocked');
    expect(await footprint(world, input)).toStrictEqual(written);
    await setQuota(100);
    expect(await createFirstJob(input)).toMatchObject({ result: 'Started' });
    expect((await conditionsOf(input)).map(({ type }) => type)).toEqual(['Scheduled']);
  });

  test('a retry is blocked too, writes nothing while it is, and goes on under its number', async () => {
    const input = await world.dueBackup('retry-over-quota');
    await setQuota(0);
    const { restartJob } = world.activities();
    expect(await restartJob(input)).toMatchObject({
      result: 'Blocked',
      summary: expect.stringMatching(refusal),
    });
    const written = await footprint(world, input);
    const { api, writes } = recordedApi(world.server.worker);
    for (let run = 0; run < 3; run += 1)
      expect((await world.activities(api).restartJob(input)).result).toBe('Blocked');
    expect(await footprint(world, input)).toStrictEqual(written);
    expect(writes).toEqual([]);
    await setQuota(100);
    expect(await world.activities().reviewBackup(input)).toMatchObject({ next: 'Retry', retryNum: 1 });
    expect(await restartJob(input)).toMatchObject({ result: 'Started' });
    expect((await world.job(input)).metadata.labels).toMatchObject({ 'holdfast.dev/attempt': '1' });
  });
});

const Quota = z.looseObject({
  status: z.looseObject({ hard: z.record(z.string(), z.string()).optional() }).optional(),
});
