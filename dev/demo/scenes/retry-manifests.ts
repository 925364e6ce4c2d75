import { SCRIPT_ANNOTATION } from '../../node-agent/pod-script.js';

export const NAMESPACE = 'default';
export const ORDERS = 'orders-log';
export const LEDGER = 'ledger-log';

/** The delays that follow from the policies below: the base, then twice as long each time. Seconds. */
export const ORDERS_DELAYS_SECONDS: readonly number[] = [3, 6];
export const LEDGER_DELAYS_SECONDS: readonly number[] = [2, 4];

const metadata = (name: string) => ({ name, namespace: NAMESPACE });

/** What the Backups refer to: a cluster to back up, and the keys of its storage. */
export const PREREQUISITES: readonly object[] = [
  {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'TidbCluster',
    metadata: metadata('basic'),
    spec: { version: 'v8.5.2', tikv: { baseImage: 'pingcap/tikv', replicas: 0 } },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('s3-secret'),
    stringData: { access_key: 'demo', secret_key: 'no-real-key' },
  },
];

/** Killed for lack of memory, then refused by its storage, then fine. */
export const ORDERS_BACKUP = logBackup(ORDERS, {
  policy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '3s' },
  script: [
    { kind: 'process', br: 'oom', oomKillAfterMs: 700 },
    { kind: 'process', br: 'storage-error', brSeconds: 0.5 },
    { kind: 'process', br: 'ok', brSeconds: 0.5 },
  ],
});

/** Its storage is never reached. */
export const LEDGER_BACKUP = logBackup(LEDGER, {
  policy: { maxRetryTimes: 2, retryTimeout: '2h', minRetryDuration: '2s' },
  script: [{ kind: 'process', br: 'network', brSeconds: 0.5 }],
});

function logBackup(name: string, { policy, script }: { policy: object; script: readonly object[] }) {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: { ...metadata(name), annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script) } },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: policy,
      br: { cluster: 'basic' },
      s3: {
        provider: 'aws',
        bucket: 'backups',
        prefix: name,
        secretName: 's3-secret',
        endpoint: 'http://127.0.0.1:9000',
      },
    },
  };
}
