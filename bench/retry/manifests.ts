import { SCRIPT_ANNOTATION } from '../../dev/node-agent/pod-script.js';

export const NAMESPACE = 'default';
export const CLUSTER = 'basic';
const SECRET = 's3-secret';

/** Name of the Job that runs for a Backup here. */
export function jobNameOf(backup: string): string {
  return `backup-${backup}-log-start`;
}

/** What every Backup here refers to. */
export const PREREQUISITES = {
  cluster: {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'TidbCluster',
    metadata: { name: CLUSTER, namespace: NAMESPACE },
    spec: { version: 'v8.5.2', tikv: { baseImage: 'pingcap/tikv', replicas: 0 } },
  },
  secret: {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: NAMESPACE },
    stringData: { access_key: 'bench', secret_key: 'no-real-key' },
  },
};

/** A place in the storage; nothing listens there. */
export function storageAt(prefix: string) {
  return {
    provider: 'aws',
    bucket: 'backups',
    prefix,
    secretName: SECRET,
    endpoint: 'http://127.0.0.1:9000',
  };
}

/** A Backup whose pods are acted: the first ones fail, the next succeeds. Its manager reports both in the Backup. */
export interface ScriptedBackup {
  readonly name: string;
  /** Pods that fail before one succeeds. */
  readonly failures: number;
  /** Base of the backoff; doubled for each further retry. */
  readonly backoffSeconds: number;
  /** From the start of a failing pod to its end. */
  readonly failsAfterMs: number;
  /** From the start of the pod that succeeds to its end. */
  readonly succeedsAfterMs: number;
  /** Whether the manager in a failing pod still writes its failure to the Backup, or dies without a word. */
  readonly failing: 'reported' | 'silent';
}

export function backupManifest(backup: ScriptedBackup): object {
  const { name, failures, backoffSeconds } = backup;
  const failing = {
    kind: 'scripted',
    afterMs: backup.failsAfterMs,
    exitCode: 1,
    crWrites: failingWrites(backup),
  };
  const succeeding = { kind: 'scripted', afterMs: backup.succeedsAfterMs, crWrites: ['Running', 'Complete'] };
  const script = [...Array.from({ length: failures }, () => failing), succeeding];
  return scriptedLogBackup({ name, script, maxRetryTimes: 5, backoffSeconds });
}

/** A log Backup whose pods act the entries of `script`, one for each attempt. `backoffSeconds` is the base of the backoff. */
export function scriptedLogBackup(options: {
  name: string;
  script: readonly object[];
  maxRetryTimes: number;
  backoffSeconds: number;
}): object {
  const { name, script, maxRetryTimes, backoffSeconds } = options;
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script) },
    },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: { maxRetryTimes, retryTimeout: '2h', minRetryDuration: `${backoffSeconds}s` },
      br: { cluster: CLUSTER },
      s3: storageAt(name),
    },
  };
}

function failingWrites({ failing }: ScriptedBackup): string[] {
  const begun = ['Running'];
  return failing === 'reported' ? [...begun, 'Failed'] : begun;
}

/** A Backup that is not Holdfast's, an export without BR: nobody but the bench writes it. */
export function untouchedManifest(name: string): object {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: { name, namespace: NAMESPACE },
    spec: { backupMode: 'snapshot' },
  };
}
