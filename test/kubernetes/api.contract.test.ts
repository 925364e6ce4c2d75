import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backup } from '../../src/domain/backup/backup.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { backupReference } from '../../src/kubernetes/backups.js';
import { listItems } from '../../src/kubernetes/jobs.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { startApiServer, type ApiServer } from './api-server.js';
import { createInMemoryCluster } from './in-memory-cluster.js';

let server: ApiServer | undefined;
const memory = createInMemoryCluster();

beforeAll(async () => {
  server = await startApiServer(['shop', 'stock']);
});
afterAll(() => server?.stop());

function real(): KubernetesApi {
  if (server === undefined) throw new Error('the API server has not started');
  return server.admin;
}

/** What both must do alike, so that a test against the fake says something about the real one. */
describe.each([
  ['the API server', real],
  ['the cluster in memory', () => memory.api],
])('%s', (_name, of) => {
  const create = async (name: string, more: { namespace?: string; labels?: object } = {}) => {
    const { namespace = 'shop', labels = {} } = more;
    const body = {
      apiVersion: 'pingcap.com/v1alpha1',
      kind: 'Backup',
      metadata: { name, namespace, labels },
      spec: { backupMode: 'log', br: { cluster: 'basic', options: ['a', 'b'] } },
    };
    return Backup.parse(await of().create(BACKUPS, namespace, body));
  };
  const at = (name: string, namespace = 'shop') => backupReference({ namespace, name });
  const read = async (name: string) => {
    const found = await of().get(at(name));
    return found === undefined ? undefined : Backup.parse(found);
  };
  const namesIn = async (query: Parameters<KubernetesApi['list']>[1]) => {
    const items = listItems(await of().list(BACKUPS, query));
    return items.map((item) => Backup.parse(item).metadata.name).sort();
  };

  test('a get of what does not exist is undefined', async () => {
    expect(await of().get(at('absent'))).toBeUndefined();
  });

  test('what is created gets a UID, a version and a time, and is read back the same', async () => {
    const created = await create('created');
    expect(created.metadata).toMatchObject({
      namespace: 'shop',
      uid: expect.stringMatching(/.+/),
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await read('created')).toStrictEqual(created);
  });

  test('a name can be taken once', async () => {
    const first = await create('twice');
    await expect(create('twice')).rejects.toMatchObject({ status: 409 });
    expect(await read('twice')).toStrictEqual(first);
  });

  test('a dry run of a create says whether the name is free and leaves nothing', async () => {
    const body = { apiVersion: 'pingcap.com/v1alpha1', kind: 'Backup', spec: {} };
    const tried = (name: string) =>
      of().create(BACKUPS, 'shop', { ...body, metadata: { name, namespace: 'shop' } }, { dryRun: true });
    await tried('tried');
    expect(await read('tried')).toBeUndefined();
    await create('tried');
    await expect(tried('tried')).rejects.toMatchObject({ status: 409 });
  });

  test('a merge patch replaces arrays, merges objects and removes what is null', async () => {
    await create('patched', { labels: { keep: '1', drop: '1' } });
    const patch = {
      metadata: { labels: { drop: null } },
      spec: { br: { options: ['c'] } },
      status: { phase: 'Running' },
    };
    const answer = Backup.parse(await of().mergePatch(at('patched'), patch));
    expect(answer.metadata.labels).toStrictEqual({ keep: '1' });
    expect(answer.spec).toStrictEqual({ backupMode: 'log', br: { cluster: 'basic', options: ['c'] } });
    expect(answer.status).toStrictEqual({ phase: 'Running' });
    expect(await read('patched')).toStrictEqual(answer);
  });

  test('a merge patch on a version that is not the newest is a conflict and changes nothing', async () => {
    const { resourceVersion } = (await create('stale')).metadata;
    const patch = (phase: string) =>
      of().mergePatch(at('stale'), { metadata: { resourceVersion }, status: { phase } });
    await patch('Running');
    await expect(patch('Failed')).rejects.toMatchObject({ status: 409 });
    expect((await read('stale'))?.status.phase).toBe('Running');
  });

  test('a merge patch for the predecessor of an object is refused: as a conflict where it names the version', async () => {
    await create('replaced');
    const patch = (metadata: object) => of().mergePatch(at('replaced'), { metadata, spec: {} });
    const uid = 'of-its-predecessor';
    await expect(patch({ uid, resourceVersion: '1' })).rejects.toMatchObject({ status: 409 });
    await expect(patch({ uid })).rejects.toMatchObject({ status: 422 });
  });

  test('a merge patch that changes nothing is no new version', async () => {
    const { metadata } = await create('unchanged');
    const answer = await of().mergePatch(at('unchanged'), { spec: { backupMode: 'log' } });
    expect(Backup.parse(answer).metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  test('a merge patch of what does not exist is a 404', async () => {
    await expect(of().mergePatch(at('absent'), { spec: {} })).rejects.toMatchObject({ status: 404 });
  });

  test('a delete hits the UID and the version that it names, or nothing', async () => {
    const { uid, resourceVersion } = (await create('deleted')).metadata;
    // Not in the foreground: the garbage collector needs half a minute to learn of a new CRD.
    const remove = (query: { uid: string; resourceVersion?: string }) =>
      of().delete(at('deleted'), { ...query, propagationPolicy: 'Background' });
    await expect(remove({ uid: 'another' })).rejects.toMatchObject({ status: 409 });
    await expect(remove({ uid, resourceVersion: '1' })).rejects.toMatchObject({ status: 409 });
    expect(await remove({ uid, resourceVersion })).toBe(true);
    expect(await read('deleted')).toBeUndefined();
    expect(await remove({ uid })).toBe(false);
  });

  test('a list is of one namespace or of all, and of the labels that were asked for', async () => {
    await create('listed-a', { labels: { list: 'yes', color: 'red' } });
    await create('listed-b', { labels: { list: 'yes' } });
    await create('listed-c', { namespace: 'stock', labels: { list: 'yes' } });
    const labelSelector = 'list=yes';
    expect(await namesIn({ labelSelector })).toEqual(['listed-a', 'listed-b', 'listed-c']);
    expect(await namesIn({ labelSelector, namespace: 'shop' })).toEqual(['listed-a', 'listed-b']);
    expect(await namesIn({ labelSelector: 'list=yes,color=red' })).toEqual(['listed-a']);
    expect(await namesIn({ namespace: 'nowhere' })).toEqual([]);
  });

  test('a list by pages gives every object once', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await create(name, { labels: { paged: 'yes' } });
    const labelSelector = 'paged=yes';
    const names: string[] = [];
    let next: string | undefined;
    do {
      const answer = await of().list(BACKUPS, { labelSelector, limit: 2, continue: next });
      names.push(...listItems(answer).map((item) => Backup.parse(item).metadata.name));
      next = continueOf(answer);
    } while (next !== undefined);
    expect(names).toEqual(['page-a', 'page-b', 'page-c']);
  });
});

function continueOf(answer: unknown): string | undefined {
  const metadata: unknown =
    typeof answer === 'object' && answer !== null && 'metadata' in answer ? answer.metadata : undefined;
  const next: unknown =
    typeof metadata === 'object' && metadata !== null && 'continue' in metadata ? metadata.continue : '';
  return typeof next === 'string' && next !== '' ? next : undefined;
}
