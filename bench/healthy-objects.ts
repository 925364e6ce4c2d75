const SINCE = '2026-11-21T10:00:00Z';
const CONDITIONS = ['Scheduled', 'Prepare', 'Running', 'Complete'];
const LABELS = { 'app.kubernetes.io/managed-by': 'backup-operator' };

/** A log Backup that runs well, of the size that they have in clusters, as it can be created. */
export function healthyBackup({ name, namespace }: { name: string; namespace: string }) {
  const spec = {
    backupMode: 'log',
    backoffRetryPolicy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '30s' },
    br: { cluster: 'basic', clusterNamespace: 'tidb', sendCredToTikv: true, options: ['--log-level=info'] },
    s3: { provider: 'aws', bucket: 'backups', region: 'eu-west-1', prefix: name, secretName: 's3-secret' },
    serviceAccount: 'tidb-backup-manager',
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
  };
  const kind = { apiVersion: 'pingcap.com/v1alpha1', kind: 'Backup' };
  const applied = JSON.stringify({ ...kind, spec });
  return {
    ...kind,
    metadata: {
      name,
      namespace,
      labels: { ...LABELS, 'app.kubernetes.io/instance': name },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied },
    },
    spec,
    status: healthyStatus(name),
  };
}

function healthyStatus(name: string) {
  const command = 'log-start';
  const conditions = CONDITIONS.map((type) => ({ command, type, status: 'True', lastTransitionTime: SINCE }));
  const started = { command, phase: 'Complete', timeStarted: SINCE, timeCompleted: SINCE, conditions };
  return {
    phase: 'Running',
    backupPath: `s3://backups/${name}/`,
    commitTs: '453210000000000001',
    conditions,
    logSubCommandStatuses: { [command]: started },
  };
}

interface JobOwner {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** The Job that has started it. Where there is a Job controller: it leaves this one alone, also without its status. */
export function completeJob({ name: owner, namespace, uid }: JobOwner) {
  const name = `backup-${owner}-log-start`;
  const env = Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: 'v'.repeat(40) }));
  const container = { name: 'backup', image: 'pingcap/tidb-backup-manager:v1.6.0', env };
  const ownerReference = { apiVersion: 'pingcap.com/v1alpha1', kind: 'Backup', name: owner, uid };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      labels: { ...LABELS, 'app.kubernetes.io/instance': name, 'holdfast.dev/owner-uid': uid },
      ownerReferences: [{ ...ownerReference, controller: true }],
    },
    spec: {
      backoffLimit: 0,
      managedBy: 'bench.holdfast.dev/nobody',
      template: { spec: { restartPolicy: 'Never', containers: [container] } },
    },
    status: {
      startTime: SINCE,
      completionTime: SINCE,
      conditions: ['SuccessCriteriaMet', 'Complete'].map((type) => ({
        type,
        status: 'True',
        lastProbeTime: SINCE,
        lastTransitionTime: SINCE,
      })),
    },
  };
}
