import { describe, expect, test } from 'vitest';
import { Backup } from '../../../src/domain/backup/backup.js';
import { logBackupJob } from '../../../src/kubernetes/objects/log-backup-job.js';
import { brJob, clusterWith, images, secretKey, toTerminal } from './br-job.js';

function backupWith(spec: object, metadata: object = {}): Backup {
  return Backup.parse({
    metadata: {
      name: 'orders',
      namespace: 'prod',
      uid: '0b7c1f5e',
      resourceVersion: '42',
      creationTimestamp: '2026-11-21T10:00:00Z',
      ...metadata,
    },
    spec: { backupMode: 'log', br: { cluster: 'basic' }, ...spec },
  });
}

function containerOf(spec: object, cluster = clusterWith()) {
  const job = logBackupJob({ backup: backupWith(spec), cluster, command: 'log-start', attempt: 0, images });
  const [container] = job.spec.template.spec.containers;
  if (container === undefined) throw new Error('no container');
  return { container, pod: job.spec.template.spec };
}

const optionalKey = (name: string, key: string) => ({
  valueFrom: { secretKeyRef: { name, key, optional: true } },
});

test('s3 with TLS: the whole Job', () => {
  const backup = backupWith(
    {
      commitTs: '454500000000000001',
      s3: {
        provider: 'aws',
        region: 'eu-west-1',
        bucket: 'backups',
        prefix: 'orders',
        secretName: 's3-keys',
      },
      resources: { limits: { memory: '1Gi' } },
      env: [
        { name: 'AWS_REGION', value: 'eu-central-1' },
        { name: 'EXTRA', value: '1' },
      ],
      tolerations: [{ key: 'backup', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      imagePullSecrets: [{ name: 'registry' }],
      priorityClassName: 'low',
      podSecurityContext: { runAsUser: 1000 },
      serviceAccount: 'backup-writer',
      additionalVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      additionalVolumeMounts: [{ name: 'ca', mountPath: '/etc/ssl/extra' }],
    },
    {
      labels: { team: 'shop', 'app.kubernetes.io/instance': 'shop-basic', 'app.kubernetes.io/name': 'mine' },
      annotations: { 'holdfast.dev/incident': '{"state":"open"}', 'holdfast.dev/retry': 'enabled' },
    },
  );
  const labels = {
    team: 'shop',
    'app.kubernetes.io/name': 'backup',
    'app.kubernetes.io/managed-by': 'backup-operator',
    'app.kubernetes.io/instance': 'shop-basic',
    'app.kubernetes.io/component': 'backup',
    'tidb.pingcap.com/backup': 'orders',
    'holdfast.dev/attempt': '2',
    'holdfast.dev/owner-uid': '0b7c1f5e',
  };
  const annotations = { 'holdfast.dev/retry': 'enabled' };
  const cluster = clusterWith({ tlsCluster: { enabled: true } });
  expect(logBackupJob({ backup, cluster, command: 'log-start', attempt: 2, images })).toStrictEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'backup-orders-log-start',
      namespace: 'prod',
      labels,
      annotations,
      ownerReferences: [
        {
          apiVersion: 'pingcap.com/v1alpha1',
          kind: 'Backup',
          name: 'orders',
          uid: '0b7c1f5e',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels, annotations },
        spec: {
          serviceAccountName: 'backup-writer',
          restartPolicy: 'Never',
          initContainers: [
            {
              name: 'br',
              image: 'pingcap/br:v8.5.1',
              imagePullPolicy: 'IfNotPresent',
              command: ['/bin/sh', '-c'],
              args: ["cp /br /var/lib/br-bin/br; echo 'BR copy finished'"],
              volumeMounts: [{ name: 'br-bin', mountPath: '/var/lib/br-bin' }],
              resources: { limits: { memory: '1Gi' } },
            },
          ],
          containers: [
            {
              name: 'backup',
              image: 'holdfast.dev/holdfast-backup-manager:0.1.0',
              imagePullPolicy: 'IfNotPresent',
              args: [
                'backup',
                '--namespace=prod',
                '--backupName=orders',
                '--tikvVersion=v8.5.1',
                '--mode=log',
                '--subcommand=log-start',
                '--commit-ts=454500000000000001',
                '--cluster-tls=true',
              ],
              env: [
                { name: 'S3_PROVIDER', value: 'aws' },
                { name: 'S3_ENDPOINT', value: '' },
                { name: 'AWS_REGION', value: 'eu-central-1' },
                { name: 'AWS_ACL', value: 'private' },
                { name: 'AWS_STORAGE_CLASS', value: 'STANDARD_IA' },
                { name: 'AWS_ACCESS_KEY_ID', ...secretKey('s3-keys', 'access_key') },
                { name: 'AWS_SECRET_ACCESS_KEY', ...secretKey('s3-keys', 'secret_key') },
                toTerminal,
                { name: 'EXTRA', value: '1' },
              ],
              volumeMounts: [
                { name: 'cluster-client-tls', readOnly: true, mountPath: '/var/lib/cluster-client-tls' },
                { name: 'br-bin', mountPath: '/var/lib/br-bin' },
                { name: 'ca', mountPath: '/etc/ssl/extra' },
              ],
              resources: { limits: { memory: '1Gi' } },
            },
          ],
          volumes: [
            { name: 'cluster-client-tls', secret: { secretName: 'basic-cluster-client-secret' } },
            { name: 'br-bin', emptyDir: {} },
            { name: 'ca', configMap: { name: 'ca' } },
          ],
          securityContext: { runAsUser: 1000 },
          tolerations: [{ key: 'backup', operator: 'Exists' }],
          imagePullSecrets: [{ name: 'registry' }],
          affinity: { nodeAffinity: {} },
          priorityClassName: 'low',
        },
      },
    },
  });
});

/** The Job of a Backup that says nothing but where its storage is. */
function plainJob({ env, mounts }: { env: object[]; mounts?: object[] }, volumes?: object[]) {
  return brJob({
    name: 'backup-orders-log-truncate',
    owner: { kind: 'Backup', uid: '0b7c1f5e' },
    labels: {
      'app.kubernetes.io/name': 'backup',
      'app.kubernetes.io/managed-by': 'backup-operator',
      'app.kubernetes.io/instance': 'orders',
      'app.kubernetes.io/component': 'backup',
      'tidb.pingcap.com/backup': 'orders',
      'holdfast.dev/attempt': '0',
      'holdfast.dev/owner-uid': '0b7c1f5e',
    },
    container: {
      name: 'backup',
      args: [
        'backup',
        '--namespace=prod',
        '--backupName=orders',
        '--tikvVersion=v8.5.1',
        '--mode=log',
        '--subcommand=log-truncate',
        '--truncate-until=454500000000000009',
      ],
      env: [...env, toTerminal],
    },
    ...(mounts !== undefined && { mounts }),
    ...(volumes !== undefined && { volumes }),
  });
}

function truncateJob(storage: object) {
  const backup = backupWith({ ...storage, logTruncateUntil: '454500000000000009' });
  return logBackupJob({ backup, cluster: clusterWith(), command: 'log-truncate', attempt: 0, images });
}

test('gcs: the whole Job', () => {
  const gcs = { projectId: 'shop', bucket: 'backups', location: 'eu', secretName: 'gcs-key' };
  expect(truncateJob({ gcs })).toStrictEqual(
    plainJob({
      env: [
        { name: 'GCS_PROJECT_ID', value: 'shop' },
        { name: 'GCS_OBJECT_ACL', value: '' },
        { name: 'GCS_BUCKET_ACL', value: '' },
        { name: 'GCS_LOCATION', value: 'eu' },
        { name: 'GCS_STORAGE_CLASS', value: '' },
        { name: 'GCS_SERVICE_ACCOUNT_JSON_KEY', ...secretKey('gcs-key', 'credentials') },
      ],
    }),
  );
});

test('azblob: the whole Job, with the keys of both ways to log in as optional references', () => {
  expect(truncateJob({ azblob: { container: 'backups', secretName: 'azure' } })).toStrictEqual(
    plainJob({
      env: [
        { name: 'AZURE_ACCESS_TIER', value: 'Cool' },
        { name: 'AZURE_STORAGE_ACCOUNT', ...secretKey('azure', 'AZURE_STORAGE_ACCOUNT') },
        { name: 'AZURE_CLIENT_ID', ...optionalKey('azure', 'AZURE_CLIENT_ID') },
        { name: 'AZURE_CLIENT_SECRET', ...optionalKey('azure', 'AZURE_CLIENT_SECRET') },
        { name: 'AZURE_TENANT_ID', ...optionalKey('azure', 'AZURE_TENANT_ID') },
        { name: 'AZURE_STORAGE_KEY', ...optionalKey('azure', 'AZURE_STORAGE_KEY') },
      ],
    }),
  );
});

test('local: the whole Job, with its volume mounted', () => {
  const volume = { name: 'nfs', nfs: { server: '10.0.0.9', path: '/backups' } };
  const volumeMount = { name: 'nfs', mountPath: '/nfs' };
  expect(truncateJob({ local: { volume, volumeMount } })).toStrictEqual(
    plainJob({ env: [], mounts: [volumeMount] }, [volume]),
  );
});

describe('details', () => {
  const s3 = { provider: 'ceph', endpoint: '10.0.0.1:7480', bucket: 'backups' };

  test('ceph gets a scheme, and no Secret means no keys', () => {
    expect(containerOf({ s3 }).container.env).toStrictEqual([
      { name: 'S3_PROVIDER', value: 'ceph' },
      { name: 'S3_ENDPOINT', value: 'http://10.0.0.1:7480' },
      { name: 'AWS_REGION', value: '' },
      { name: 'AWS_ACL', value: '' },
      { name: 'AWS_STORAGE_CLASS', value: '' },
      toTerminal,
    ]);
  });

  test('access to TiDB puts its password first and asks for a client certificate', () => {
    const cluster = clusterWith({ tidb: { tlsClient: { enabled: true, skipInternalClientCA: true } } });
    const { container, pod } = containerOf({ s3, from: { secretName: 'tidb' }, useKMS: true }, cluster);
    expect(container.env[0]).toStrictEqual({
      name: 'KMS_ENCRYPTED_BACKUP_MANAGER_PASSWORD',
      ...secretKey('tidb', 'password'),
    });
    expect(container.args.slice(-2)).toEqual(['--client-tls=true', '--skipClientCA=true']);
    expect(pod.volumes[0]).toStrictEqual({
      name: 'tidb-client-tls',
      secret: { secretName: 'basic-tidb-client-secret' },
    });
  });

  test('a ServiceAccount token that is not mounted by itself is mounted into the main container only', () => {
    const { container, pod } = containerOf({ s3, automountServiceAccountToken: false });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.volumeMounts.at(-1)).toStrictEqual({
      name: 'kube-api-access',
      readOnly: true,
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    });
    expect(pod.initContainers[0]?.volumeMounts).toHaveLength(1);
  });

  test.each([
    ['the Backup names an image with a tag', { toolImage: 'mirror/br:v8.5.2' }, {}, 'mirror/br:v8.5.2'],
    ['the Backup names an image without a tag', { toolImage: 'mirror/br' }, {}, 'mirror/br:v8.5.1'],
    ['the worker is told one', {}, { br: 'mirror/br:next' }, 'mirror/br:next'],
  ])('BR comes from another image where %s', (_name, spec, more, image) => {
    const backup = backupWith({ s3, ...spec });
    const input = { backup, cluster: clusterWith(), command: 'log-stop', attempt: 0 } as const;
    const job = logBackupJob({ ...input, images: { ...images, ...more } });
    expect(job.spec.template.spec.initContainers[0]?.image).toBe(image);
  });

  test.each([
    ['its own version', { tikv: { baseImage: 'pingcap/tikv', version: 'v8.5.3' } }, '--tikvVersion=v8.5.3'],
    ['a whole image', { tikv: { image: 'mirror:5000/tikv:v8.1.0' } }, '--tikvVersion=v8.1.0'],
    ['an image without a tag', { tikv: { image: 'mirror:5000/tikv' } }, undefined],
  ])('the version of TiKV comes from %s', (_name, cluster, argument) => {
    const { args } = containerOf({ s3 }, clusterWith(cluster)).container;
    expect(args.find((arg) => arg.startsWith('--tikvVersion'))).toBe(argument);
  });

  test('long names are cut to what labels and Job names allow, and stay different', () => {
    const jobs = ['a', 'b'].map((end) => {
      const backup = backupWith({ s3 }, { name: `${'orders-'.repeat(12)}${end}` });
      return logBackupJob({ backup, cluster: clusterWith(), command: 'log-start', attempt: 0, images });
    });
    for (const { metadata } of jobs) {
      const values = [metadata.name, ...Object.values(metadata.labels)];
      expect(values.filter((value) => value.length > 63)).toEqual([]);
    }
    expect(jobs[0]?.metadata.name).not.toBe(jobs[1]?.metadata.name);
  });

  test('a spec that cannot be read is refused', () => {
    expect(() => containerOf({ s3: { bucket: 'backups' } })).toThrow(/provider/);
  });
});

test('a snapshot: the Job of the same shape under its own name', () => {
  const backup = backupWith({ backupMode: 'snapshot', commitTs: '454500000000000001', local: LOCAL });
  const input = { backup, cluster: clusterWith(), attempt: 1, images };
  const { metadata, spec } = logBackupJob({ ...input, command: 'snapshot' });
  const ofLog = logBackupJob({ ...input, command: 'log-start' });
  expect(metadata).toStrictEqual({ ...ofLog.metadata, name: 'backup-orders' });
  const [container] = spec.template.spec.containers;
  expect(container?.args).toStrictEqual([
    'backup',
    '--namespace=prod',
    '--backupName=orders',
    '--tikvVersion=v8.5.1',
    '--mode=snapshot',
    '--commit-ts=454500000000000001',
  ]);
  const withoutArgs = (job: typeof ofLog) =>
    JSON.parse(JSON.stringify(job.spec, (key, value: unknown) => (key === 'args' ? undefined : value)));
  expect(withoutArgs({ metadata, spec, apiVersion: ofLog.apiVersion, kind: ofLog.kind })).toStrictEqual(
    withoutArgs(ofLog),
  );
});

const LOCAL = { volume: { name: 'nfs' }, volumeMount: { name: 'nfs', mountPath: '/backups' } };
