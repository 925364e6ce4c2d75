import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startControlPlane, type ControlPlane } from '../../dev/stack/control-plane.js';
import { installBackupNamespace, installHoldfast } from '../../dev/stack/install.js';
import { kubectl } from '../../dev/stack/kubectl.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Restore } from '../../src/domain/replication/restore.js';
import { RESTORE_JOB_STEPS } from '../../src/domain/replication/restore-step.js';
import type { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { createKubernetesApi, type KubernetesApi } from '../../src/kubernetes/api.js';
import { loadConnection, type KubernetesConnection } from '../../src/kubernetes/connection.js';
import { logBackupJob } from '../../src/kubernetes/objects/log-backup-job.js';
import { restoreJob } from '../../src/kubernetes/objects/restore-job.js';
import { BACKUPS, JOBS, TIDB_CLUSTERS, type ResourceType } from '../../src/kubernetes/resources.js';

const RESTORES: ResourceType = { ...BACKUPS, plural: 'restores', kind: 'Restore' };
const COMPACT_BACKUPS: ResourceType = { ...BACKUPS, plural: 'compactbackups', kind: 'CompactBackup' };
const CRDS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
};

const Crd = z.object({
  spec: z.object({
    versions: z.array(z.object({ additionalPrinterColumns: z.array(z.object({ name: z.string() })) })),
  }),
});

let group: ProcessGroup;
let controlPlane: ControlPlane;
let connection: KubernetesConnection;
let api: KubernetesApi;

beforeAll(async () => {
  group = await createProcessGroup();
  controlPlane = await startControlPlane(group);
  await installHoldfast(controlPlane);
  await installBackupNamespace(controlPlane, 'shop');
  connection = loadConnection({ kubeconfig: controlPlane.adminKubeconfig });
  api = createKubernetesApi(connection);
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await group?.stop();
});

function object(resource: ResourceType, name: string, rest: object) {
  const apiVersion = `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, metadata: { name, namespace: 'shop' }, ...rest };
}

describe('a Backup, Restore or CompactBackup is kept exactly as it was written', () => {
  test.each([
    [
      'values that only our own validation may judge',
      BACKUPS,
      {
        spec: {
          mode: 'log',
          backupMode: 'snapshot',
          backoffRetryPolicy: { minRetryDuration: 'banana', maxRetryTimes: -1, future: true },
        },
      },
    ],
    ['nothing at all: no default is added', BACKUPS, { spec: {} }],
    [
      'all that TiDB Operator knows, and more',
      BACKUPS,
      {
        spec: {
          br: { cluster: 'basic', concurrency: 4, options: ['--x'], future: { deep: [1] } },
          s3: { provider: 'aws', bucket: 'b', options: ['--y'], sse: 'AES256' },
          local: {
            volume: { name: 'v', nfs: { server: 's', path: '/p' } },
            volumeMount: { name: 'v', mountPath: '/v' },
          },
          resources: { limits: { cpu: '1', memory: '1Gi' } },
          cleanOption: { pageSize: 10 },
          dumpling: { options: ['--z'] },
        },
        status: {
          phase: 'Running',
          conditions: [{ type: 'Running', status: 'True', lastTransitionTime: null, future: 'x' }],
          logSubCommandStatuses: {
            'log-start': { phase: 'Complete', timeStarted: '2026-11-21T10:00:00Z', future: 1 },
          },
          backoffRetryStatus: [{ retryNum: 1, detectFailedAt: '2026-11-21T10:00:00Z', future: 1 }],
          progresses: [{ step: 'Full Backup', progress: 99.5 }],
          brOperations: [{ operationID: 'a', command: 'log truncate' }],
        },
      },
    ],
    [
      'a replication restore',
      RESTORES,
      {
        spec: {
          mode: 'pitr',
          restoreMode: 'pitr',
          pitrRestoredTs: '4545',
          replicationConfig: { compactBackupName: 'cb', waitTimeout: '30m' },
          pitrFullBackupStorageProvider: { s3: { provider: 'aws', bucket: 'b' } },
        },
        status: { phase: 'LogRestore', replicationStep: 'log-restore', conditions: [] },
      },
    ],
    [
      'a sharded compaction',
      COMPACT_BACKUPS,
      {
        spec: {
          mode: 'sharded',
          shardCount: 3,
          startTs: '1',
          physicalFileCacheCapacity: '1Gi',
          br: { cluster: 'basic' },
        },
        status: { state: 'Running', completedIndexes: '0-1', backoffRetryStatus: [{ retryReason: 'x' }] },
      },
    ],
    [
      'a cluster',
      TIDB_CLUSTERS,
      {
        spec: {
          version: 'v8.5.1',
          tlsCluster: { enabled: true },
          tikv: { baseImage: 'pingcap/tikv', replicas: 3 },
          pd: { replicas: 1 },
        },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
    ],
  ])('%s', async (name, resource, rest) => {
    const written = object(
      resource,
      name
        .split(/[^a-z]+/)
        .slice(0, 2)
        .join('-'),
      rest,
    );
    await api.create(resource, 'shop', written);
    const read = await api.get({ resource, namespace: 'shop', name: written.metadata.name });
    expect(read).toStrictEqual({ ...written, metadata: expect.objectContaining(written.metadata) });
  });
});

test('the status is written through the object itself, and there is no way beside it', async () => {
  const written = object(BACKUPS, 'status-path', { spec: {} });
  await api.create(BACKUPS, 'shop', written);
  const reference = { resource: BACKUPS, namespace: 'shop', name: 'status-path' };
  expect(await api.mergePatch(reference, { status: { phase: 'Running' } })).toMatchObject({
    status: { phase: 'Running' },
  });
  await expect(
    kubectl(controlPlane.adminKubeconfig, [
      'get',
      '--raw',
      '/apis/pingcap.com/v1alpha1/namespaces/shop/backups/status-path/status',
    ]),
  ).rejects.toThrow(/not find the requested resource|NotFound/);
});

test('the old and the new way to stop a log backup do not go together', async () => {
  const both = object(BACKUPS, 'both', { spec: { logSubcommand: 'log-stop', logStop: false } });
  await expect(api.create(BACKUPS, 'shop', both)).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining('please use `logSubcommand` instead'),
  } satisfies Partial<ApiFailure>);
});

describe('names and columns are those of TiDB Operator, ours come after them', () => {
  test.each([
    [
      'backups',
      'bk',
      [
        'Type',
        'Mode',
        'Status',
        'BackupPath',
        'BackupSize',
        'IncrementalBackupSize',
        'CommitTS',
        'LogTruncateUntil',
        'Started',
        'Completed',
        'TimeTaken',
        'Age',
      ],
    ],
    ['restores', 'rt', ['Status', 'Started', 'Completed', 'TimeTaken', 'CommitTS', 'Age']],
    ['compactbackups', 'cpbk', ['Status', 'EndTs', 'Progress', 'Message']],
    [
      'tidbclusters',
      'tc',
      [
        'Ready',
        'PD',
        'Storage',
        'Ready',
        'Desire',
        'TiKV',
        'Storage',
        'Ready',
        'Desire',
        'TiDB',
        'Ready',
        'Desire',
        'Status',
        'Age',
      ],
    ],
  ])('%s', async (plural, shortName, columns) => {
    const crd = await api.get({ resource: CRDS, name: `${plural}.pingcap.com` });
    expect(crd).toMatchObject({
      spec: {
        group: 'pingcap.com',
        scope: 'Namespaced',
        names: { shortNames: [shortName] },
        versions: [{ name: 'v1alpha1', subresources: {} }],
      },
    });
    const found = Crd.parse(crd).spec.versions.flatMap(({ additionalPrinterColumns }) =>
      additionalPrinterColumns.map(({ name }) => name),
    );
    expect(found.slice(0, columns.length)).toEqual(columns);
  });
});

test('the latest retry shows in the table', async () => {
  const records = [
    { retryNum: 1, expectedRetryAt: '2026-11-21T10:00:30Z' },
    { retryNum: 2, expectedRetryAt: '2026-11-21T10:01:30Z' },
  ];
  await api.create(
    BACKUPS,
    'shop',
    object(BACKUPS, 'retried', { spec: {}, status: { backoffRetryStatus: records } }),
  );
  const table = await kubectl(controlPlane.adminKubeconfig, ['get', 'bk', 'retried', '-n', 'shop']);
  expect(table).toMatch(/RETRY\s+RETRYAT/);
  expect(table).toMatch(/\s2\s+2026-11-21T10:01:30Z/);
});

describe('the API server takes the Job that is built from a Backup', () => {
  const volumeMount = { name: 'nfs', mountPath: '/nfs' };
  test.each([
    ['s3', { s3: { provider: 'aws', bucket: 'b', secretName: 'keys' }, automountServiceAccountToken: false }],
    ['gcs', { gcs: { projectId: 'shop', bucket: 'b', secretName: 'key' } }],
    ['azblob', { azblob: { container: 'b', secretName: 'azure' } }],
    ['local', { local: { volume: { name: 'nfs', nfs: { server: 's', path: '/p' } }, volumeMount } }],
  ])('with storage %s', async (name, spec) => {
    const written = object(BACKUPS, `job-${name}`, {
      spec: { backupMode: 'log', br: { cluster: 'basic' }, ...spec },
    });
    const backup = Backup.parse(await api.create(BACKUPS, 'shop', written));
    const cluster = {
      metadata: { name: 'basic', namespace: 'shop' },
      spec: { version: 'v8.5.1', tlsCluster: { enabled: true } },
    };
    const images = { backupManager: 'holdfast.dev/holdfast-backup-manager:0.1.0' };
    const job = logBackupJob({ backup, cluster, command: 'log-start', attempt: 0, images });
    const { labels, ownerReferences } = job.metadata;
    const { volumes, initContainers, containers } = job.spec.template.spec;
    expect(await api.create(JOBS, 'shop', job)).toMatchObject({
      metadata: { labels, ownerReferences },
      spec: {
        backoffLimit: 0,
        template: {
          spec: { volumes, initContainers, containers: containers.map(({ env: _env, ...rest }) => rest) },
        },
      },
    });
  });
});

describe('the API server takes the Job that is built from a Restore', () => {
  const s3 = { s3: { provider: 'aws', bucket: 'b', secretName: 'keys' } };
  const volumeMount = { name: 'nfs', mountPath: '/nfs' };
  const local = { local: { volume: { name: 'nfs', nfs: { server: 's', path: '/p' } }, volumeMount } };
  test.each([
    ...RESTORE_JOB_STEPS.map((step) => [step, 's3', s3] as const),
    ['snapshot-restore', 'local', { ...local, automountServiceAccountToken: false }] as const,
  ])('%s, with storage %s', async (step, kind, storage) => {
    const written = object(RESTORES, `${step}-${kind}`, {
      spec: {
        restoreMode: 'pitr',
        br: { cluster: 'basic' },
        backoffLimit: 2,
        pitrFullBackupStorageProvider: storage,
        replicationConfig: { compactBackupName: 'cb' },
        ...storage,
      },
    });
    const restore = Restore.parse(await api.create(RESTORES, 'shop', written));
    const cluster = {
      metadata: { name: 'basic', namespace: 'shop' },
      spec: { version: 'v8.5.1', tlsCluster: { enabled: true } },
    };
    const images = { backupManager: 'holdfast.dev/holdfast-backup-manager:0.1.0' };
    const job = restoreJob({ restore, cluster, step, retainLatestMvccVersion: false, images });
    const { labels, ownerReferences } = job.metadata;
    const { volumes, initContainers, containers, terminationGracePeriodSeconds } = job.spec.template.spec;
    expect(await api.create(JOBS, 'shop', job)).toMatchObject({
      metadata: { labels, ownerReferences },
      spec: {
        backoffLimit: 2,
        template: {
          spec: {
            volumes,
            initContainers,
            containers: containers.map(({ env: _env, ...rest }) => rest),
            terminationGracePeriodSeconds,
          },
        },
      },
    });
  });
});

test('what a restore waits for shows in the table', async () => {
  const conditions = [{ type: 'Waiting', status: 'True', reason: 'TikvGateClosed', message: 'set it' }];
  const status = { phase: 'SnapshotRestore', replicationStep: 'snapshot-restore', conditions };
  await api.create(RESTORES, 'shop', object(RESTORES, 'waiting', { spec: {}, status }));
  const table = await kubectl(controlPlane.adminKubeconfig, ['get', 'rt', 'waiting', '-n', 'shop']);
  expect(table).toMatch(/STEP\s+WAITSFOR/);
  expect(table).toMatch(/snapshot-restore\s+TikvGateClosed/);
});

describe('rights', () => {
  const worker = ['--as=holdfast-worker'];
  const inCluster = ['--as=system:serviceaccount:holdfast-system:holdfast-worker'];
  const manager = ['--as=system:serviceaccount:shop:tidb-backup-manager'];
  test.each([
    ['the worker may patch Backups', ['patch', 'backups.pingcap.com', '-A', ...worker], 'yes'],
    ['the worker in the cluster may too', ['patch', 'backups.pingcap.com', '-A', ...inCluster], 'yes'],
    ['the worker may patch Restores', ['patch', 'restores.pingcap.com', '-n', 'shop', ...worker], 'yes'],
    ['the worker may see CompactBackups', ['watch', 'compactbackups.pingcap.com', '-A', ...worker], 'yes'],
    [
      'the worker may not patch CompactBackups',
      ['patch', 'compactbackups.pingcap.com', '-n', 'shop', ...worker],
      'no',
    ],
    ["the worker may read TiKV's configuration", ['get', 'configmaps', '-n', 'shop', ...worker], 'yes'],
    ['the worker may find it', ['list', 'statefulsets.apps', '-n', 'shop', ...worker], 'yes'],
    ['the worker may not change it', ['patch', 'configmaps', '-n', 'shop', ...worker], 'no'],
    ['the worker may create Jobs', ['create', 'jobs.batch', '-n', 'shop', ...worker], 'yes'],
    ['the worker may read logs', ['get', 'pods', '--subresource=log', '-n', 'shop', ...worker], 'yes'],
    ['the worker may see every Lease', ['list', 'leases.coordination.k8s.io', '-A', ...worker], 'yes'],
    ['the worker may not delete Backups', ['delete', 'backups.pingcap.com', '-n', 'shop', ...worker], 'no'],
    ['the worker may not list Secrets', ['list', 'secrets', '-n', 'shop', ...worker], 'no'],
    ['the worker may not change Jobs', ['patch', 'jobs.batch', '-n', 'shop', ...worker], 'no'],
    [
      'the manager may patch Backups in its namespace',
      ['patch', 'backups.pingcap.com', '-n', 'shop', ...manager],
      'yes',
    ],
    ['the manager may not in another', ['patch', 'backups.pingcap.com', '-n', 'default', ...manager], 'no'],
    ['the manager may not read Secrets', ['get', 'secrets', '-n', 'shop', ...manager], 'no'],
  ])('%s', async (_name, question, answer) => {
    // `can-i` ends with 1 for "no": the answer is asked for instead.
    const said = await kubectl(controlPlane.adminKubeconfig, ['auth', 'can-i', ...question]).catch(String);
    expect(said).toMatch(new RegExp(`\\b${answer}\\b`));
  });
});
