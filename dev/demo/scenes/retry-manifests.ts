import { SCRIPT_ANNOTATION } from '../../node-agent/pod-script.js';
import { CLUSTER, metadata, storageAt } from './prerequisites.js';

export const ORDERS = 'orders-log';
export const LEDGER = 'ledger-log';

/** The delays that follow from the policies below: the base, then twice as long each time. Seconds. */
export const ORDERS_DELAYS_SECONDS: readonly number[] = [3, 6];
export const LEDGER_DELAYS_SECONDS: readonly number[] = [2, 4];

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
      br: { cluster: CLUSTER },
      s3: storageAt(name),
    },
  };
}
