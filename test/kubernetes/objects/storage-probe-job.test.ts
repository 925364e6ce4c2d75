import { expect, test } from 'vitest';
import { Backup } from '../../../src/domain/backup/backup.js';
import { storageProbeJob } from '../../../src/kubernetes/objects/storage-probe-job.js';
import { secretKey, toTerminal } from './br-job.js';

test('the probe has the place and the credentials of BR, and nothing that makes it a run of the backup', () => {
  const backup = Backup.parse({
    metadata: {
      name: 'orders',
      namespace: 'prod',
      uid: '0b7c1f5e',
      resourceVersion: '42',
      creationTimestamp: '2026-11-21T10:00:00Z',
      labels: { team: 'shop' },
      annotations: { 'holdfast.dev/incident': '{}', 'sidecar.istio.io/inject': 'false' },
    },
    spec: {
      br: { cluster: 'basic' },
      from: { secretName: 'tidb-password' },
      s3: { provider: 'aws', bucket: 'shop', region: 'eu-west-1', secretName: 'keys' },
      serviceAccount: 'backup-writer',
      tolerations: [{ key: 'backup', operator: 'Exists' }],
      resources: { limits: { memory: '1Gi' } },
    },
  });
  const labels = {
    team: 'shop',
    'app.kubernetes.io/name': 'backup',
    'app.kubernetes.io/managed-by': 'holdfast',
    'app.kubernetes.io/instance': 'orders',
    'app.kubernetes.io/component': 'backup',
    'tidb.pingcap.com/backup': 'orders',
    'holdfast.dev/owner-uid': '0b7c1f5e',
  };
  const annotations = { 'sidecar.istio.io/inject': 'false' };
  expect(storageProbeJob({ backup, image: 'registry/manager:1', deadlineSeconds: 90 })).toStrictEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'probe-storage-orders', namespace: 'prod', labels, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 90,
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels, annotations },
        spec: {
          serviceAccountName: 'backup-writer',
          restartPolicy: 'Never',
          containers: [
            {
              name: 'probe',
              image: 'registry/manager:1',
              imagePullPolicy: 'IfNotPresent',
              args: ['probe-storage', '--namespace=prod', '--backupName=orders'],
              env: [
                { name: 'S3_PROVIDER', value: 'aws' },
                { name: 'S3_ENDPOINT', value: '' },
                { name: 'AWS_REGION', value: 'eu-west-1' },
                { name: 'AWS_ACL', value: 'private' },
                { name: 'AWS_STORAGE_CLASS', value: 'STANDARD_IA' },
                { name: 'AWS_ACCESS_KEY_ID', ...secretKey('keys', 'access_key') },
                { name: 'AWS_SECRET_ACCESS_KEY', ...secretKey('keys', 'secret_key') },
                toTerminal,
              ],
              volumeMounts: [{ name: 'br-bin', mountPath: '/var/lib/br-bin' }],
              resources: { limits: { memory: '1Gi' } },
            },
          ],
          volumes: [{ name: 'br-bin', emptyDir: {} }],
          tolerations: [{ key: 'backup', operator: 'Exists' }],
        },
      },
    },
  });
});
