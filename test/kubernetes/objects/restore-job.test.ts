import { expect, test } from 'vitest';
import type { TidbCluster } from '../../../src/domain/backup/tidb-cluster.js';
import type { RestoreJobStep } from '../../../src/domain/replication/restore-step.js';
import { restoreJob } from '../../../src/kubernetes/objects/restore-job.js';
import { restoreWith } from '../../domain/replication/restore-objects.js';
import { brJob, clusterWith, images, secretKey, toTerminal } from './br-job.js';

interface Asked {
  readonly step: RestoreJobStep;
  readonly retainLatestMvccVersion?: boolean;
  readonly spec?: object;
  readonly cluster?: TidbCluster;
  readonly metadata?: object;
}

function jobFor({ step, retainLatestMvccVersion = true, spec, cluster = clusterWith(), metadata }: Asked) {
  const restore = restoreWith({ ...(spec && { spec }), ...(metadata && { metadata }) });
  return restoreJob({ restore, cluster, step, retainLatestMvccVersion, images });
}

const s3Environment = [
  { name: 'S3_PROVIDER', value: 'aws' },
  { name: 'S3_ENDPOINT', value: '' },
  { name: 'AWS_REGION', value: 'eu-west-1' },
  { name: 'AWS_ACL', value: 'private' },
  { name: 'AWS_STORAGE_CLASS', value: 'STANDARD_IA' },
  { name: 'AWS_ACCESS_KEY_ID', ...secretKey('s3-keys', 'access_key') },
  { name: 'AWS_SECRET_ACCESS_KEY', ...secretKey('s3-keys', 'secret_key') },
  toTerminal,
];

/** The Job of a Restore that says nothing but what it restores. */
function plainJob({
  name,
  container = 'restore',
  step,
  args,
}: {
  name: string;
  container?: string;
  step?: string;
  args: string[];
}) {
  return brJob({
    name,
    owner: { kind: 'Restore', uid: '5f1c0d3e' },
    labels: {
      'holdfast.dev/managed': 'true',
      'app.kubernetes.io/name': 'restore',
      'app.kubernetes.io/managed-by': 'restore-operator',
      'app.kubernetes.io/instance': 'orders',
      'app.kubernetes.io/component': 'restore',
      'tidb.pingcap.com/restore': 'orders',
      'holdfast.dev/owner-uid': '5f1c0d3e',
      ...(step !== undefined && { 'tidb.pingcap.com/replication-step': step }),
      'tidb.pingcap.com/restore-uid': '5f1c0d3e',
    },
    container: { name: container, args, env: s3Environment },
    pod: { terminationGracePeriodSeconds: 10 },
  });
}

const FIRST = ['restore', '--namespace=prod', '--restoreName=orders'];
const REST = ['--tikvVersion=v8.5.1', '--mode=pitr', '--pitrRestoredTs=454500000000000001'];

test('the snapshot half: the whole Job', () => {
  expect(jobFor({ step: 'snapshot-restore' })).toStrictEqual(
    plainJob({
      name: 'orders-snapshot-restore',
      step: 'snapshot-restore',
      args: [...FIRST, ...REST, '--replicationPhase=1'],
    }),
  );
});

test('the log half after a whole compaction: the whole Job', () => {
  expect(jobFor({ step: 'log-restore' })).toStrictEqual(
    plainJob({
      name: 'orders-log-restore',
      step: 'log-restore',
      args: [...FIRST, ...REST, '--replicationPhase=2'],
    }),
  );
});

test('the log half after anything less: BR is not told that the latest versions are enough', () => {
  expect(jobFor({ step: 'log-restore', retainLatestMvccVersion: false })).toStrictEqual(
    plainJob({
      name: 'orders-log-restore',
      step: 'log-restore',
      args: [...FIRST, ...REST, '--replicationPhase=2', '--replicationRetainLatestMVCCVersion=false'],
    }),
  );
});

test('a standard point-in-time restore: the whole Job', () => {
  expect(jobFor({ step: 'standard' })).toStrictEqual(
    plainJob({ name: 'restore-orders', args: [...FIRST, ...REST] }),
  );
});

test('the abort after a failure: the whole Job', () => {
  expect(jobFor({ step: 'prune' })).toStrictEqual(
    plainJob({
      name: 'restore-orders-prune',
      container: 'restoreprune-manager',
      args: [...FIRST, '--abort=true', ...REST],
    }),
  );
});

test('TLS, a limit, labels and annotations of the Restore', () => {
  const { metadata, spec } = jobFor({
    step: 'snapshot-restore',
    cluster: clusterWith({
      tlsCluster: { enabled: true },
      tidb: { tlsClient: { enabled: true, skipInternalClientCA: true } },
    }),
    spec: { backoffLimit: 3, to: { secretName: 'tidb', tlsClientSecretName: 'own-tls' } },
    metadata: {
      labels: {
        'holdfast.dev/managed': 'true',
        'app.kubernetes.io/instance': 'shop',
        'tidb.pingcap.com/restore-uid': 'x',
      },
      annotations: { 'holdfast.dev/gate-policy': 'timeout=wait' },
    },
  });
  expect(metadata.labels).toMatchObject({
    'app.kubernetes.io/instance': 'shop',
    'tidb.pingcap.com/restore-uid': '5f1c0d3e',
  });
  expect(metadata.annotations).toEqual({ 'holdfast.dev/gate-policy': 'timeout=wait' });
  expect(spec.backoffLimit).toBe(3);
  const { volumes, containers } = spec.template.spec;
  expect(volumes.slice(0, 2)).toStrictEqual([
    { name: 'cluster-client-tls', secret: { secretName: 'basic-cluster-client-secret' } },
    { name: 'tidb-client-tls', secret: { secretName: 'own-tls' } },
  ]);
  expect(containers[0]?.args.slice(-4)).toEqual([
    '--cluster-tls=true',
    '--client-tls=true',
    '--skipClientCA=true',
    '--replicationPhase=1',
  ]);
  expect(containers[0]?.env[0]).toStrictEqual({
    name: 'BACKUP_MANAGER_PASSWORD',
    ...secretKey('tidb', 'password'),
  });
});

test('local: the volumes of the log and of the snapshot are mounted, one that holds both once', () => {
  const local = (name: string) => ({
    volume: { name, nfs: { server: '10.0.0.9', path: `/${name}` } },
    volumeMount: { name, mountPath: `/${name}` },
  });
  const mountsOf = (snapshot: string) => {
    const { volumes, containers } = jobFor({
      step: 'snapshot-restore',
      spec: { s3: undefined, local: local('log'), pitrFullBackupStorageProvider: { local: local(snapshot) } },
    }).spec.template.spec;
    const mounts = containers[0]?.volumeMounts.map(({ name }) => name);
    expect(volumes.map(({ name }) => name)).toEqual(mounts);
    return mounts;
  };
  expect(mountsOf('snapshot')).toEqual(['br-bin', 'snapshot', 'log']);
  expect(mountsOf('log')).toEqual(['br-bin', 'log']);
});

test('a name that would be too long is cut, and stays its own', () => {
  const name = 'a'.repeat(60);
  const other = `${'a'.repeat(59)}b`;
  const names = [name, other].map(
    (each) => jobFor({ step: 'snapshot-restore', metadata: { name: each } }).metadata.name,
  );
  expect(new Set(names).size).toBe(2);
  expect(names.every((each) => each.length <= 63)).toBe(true);
});
