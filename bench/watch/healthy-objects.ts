import type { Page } from './scripted-lists.js';

/** So many log Backups that run well, each with the Job that has started it, of the size that objects have in clusters. */
export function healthyPages(total: number): Page {
  const makers = new Map<string, (index: number) => object>([
    ['backups', healthyBackup],
    ['jobs', completeJob],
  ]);
  return (resource, { from, count }) => {
    const make = makers.get(resource);
    if (make === undefined) return [];
    return Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, at) => make(from + at));
  };
}

const SINCE = '2026-11-21T10:00:00Z';
const CONDITIONS = ['Scheduled', 'Prepare', 'Running', 'Complete'];

function metadataOf(name: string, index: number) {
  return {
    name,
    namespace: `team-${index % 100}`,
    uid: `6b2f4c1e-0000-4000-8000-${name.length}${String(index).padStart(11, '0')}`,
    resourceVersion: String(100_000 + index),
    creationTimestamp: SINCE,
    labels: { 'app.kubernetes.io/managed-by': 'backup-operator', 'app.kubernetes.io/instance': name },
    // As large as those of objects that several programs write.
    managedFields: [
      { manager: 'backup-manager', operation: 'Update', fieldsV1: { text: 'x'.repeat(2_000) } },
    ],
  };
}

function healthyBackup(index: number): object {
  const name = `orders-${index}`;
  const spec = {
    backupMode: 'log',
    backoffRetryPolicy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '30s' },
    br: { cluster: 'basic', clusterNamespace: 'tidb', sendCredToTikv: true, options: ['--log-level=info'] },
    s3: { provider: 'aws', bucket: 'backups', region: 'eu-west-1', prefix: name, secretName: 's3-secret' },
    serviceAccount: 'tidb-backup-manager',
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
  };
  const metadata = metadataOf(name, index);
  const applied = JSON.stringify({ apiVersion: 'pingcap.com/v1alpha1', kind: 'Backup', spec });
  const conditions = CONDITIONS.map((type) => ({
    command: 'log-start',
    type,
    status: 'True',
    lastTransitionTime: SINCE,
  }));
  const started = {
    command: 'log-start',
    phase: 'Complete',
    timeStarted: SINCE,
    timeCompleted: SINCE,
    conditions,
  };
  return {
    metadata: {
      ...metadata,
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied },
    },
    spec,
    status: {
      phase: 'Running',
      backupPath: `s3://backups/${name}/`,
      commitTs: '453210000000000001',
      conditions,
      logSubCommandStatuses: { 'log-start': started },
    },
  };
}

function completeJob(index: number): object {
  const owner = metadataOf(`orders-${index}`, index);
  const name = `backup-${owner.name}-log-start`;
  const env = Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: 'v'.repeat(40) }));
  const container = { name: 'backup', image: 'pingcap/tidb-backup-manager:v1.6.0', env };
  const metadata = metadataOf(name, index);
  return {
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, 'holdfast.dev/owner-uid': owner.uid },
      ownerReferences: [
        {
          apiVersion: 'pingcap.com/v1alpha1',
          kind: 'Backup',
          name: owner.name,
          uid: owner.uid,
          controller: true,
        },
      ],
    },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    status: { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: SINCE }], succeeded: 1 },
  };
}
