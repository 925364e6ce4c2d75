import { MANAGED_LABEL } from '../../../src/domain/labels.js';
import { COMPACTION_ANNOTATION, type CompactionScript } from '../../compaction-stand-in/compaction-script.js';
import { SCRIPT_ANNOTATION } from '../../node-agent/pod-script.js';
import { tikvManifests } from '../../tidb-cluster/tikv-manifests.js';
import { CLUSTER, metadata, PREREQUISITES, storageAt } from './prerequisites.js';

export const ORDERS_RESTORE = 'orders-dr';
export const ORDERS_COMPACTION = 'orders-compaction';
export const LEDGER_RESTORE = 'ledger-dr';
export const LEDGER_COMPACTION = 'ledger-compaction';

/** The log that the second CompactBackup compacts is not the one that the second Restore restores. */
export const LEDGER_LOG = 'ledger-log';
export const OTHER_LOG = 'ledger-log-2025';

const { statefulSet, configMap } = tikvManifests({ cluster: CLUSTER });

/** The cluster to restore into, with a TiKV that keeps every version of a key, as BR needs it. */
export const RESTORE_PREREQUISITES: readonly object[] = [...PREREQUISITES, statefulSet, configMap];

/** Its CompactBackup does not exist yet, and ends after the snapshot. */
export const ORDERS_RESTORE_MANIFEST = replicationRestore({
  name: ORDERS_RESTORE,
  log: 'orders-log',
  compactBackupName: ORDERS_COMPACTION,
});
export const ORDERS_COMPACTION_MANIFEST = shardedCompaction({
  name: ORDERS_COMPACTION,
  log: 'orders-log',
  script: { seconds: 8, failedShards: [] },
});

/** Its CompactBackup compacts another log. */
export const LEDGER_RESTORE_MANIFEST = replicationRestore({
  name: LEDGER_RESTORE,
  log: LEDGER_LOG,
  compactBackupName: LEDGER_COMPACTION,
});
export const LEDGER_COMPACTION_MANIFEST = shardedCompaction({
  name: LEDGER_COMPACTION,
  log: OTHER_LOG,
  script: { seconds: 60, failedShards: [] },
});

function replicationRestore(wish: { name: string; log: string; compactBackupName: string }) {
  const { name, log, compactBackupName } = wish;
  const script = [
    { kind: 'process', br: 'ok', brSeconds: 3 },
    { kind: 'process', br: 'ok', brSeconds: 2 },
  ];
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Restore',
    metadata: {
      ...metadata(name),
      labels: { [MANAGED_LABEL]: 'true' },
      annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script) },
    },
    spec: {
      restoreMode: 'pitr',
      replicationConfig: { compactBackupName, waitTimeout: '30m' },
      br: { cluster: CLUSTER },
      pitrFullBackupStorageProvider: { s3: storageAt(`${log}-snapshot`) },
      s3: storageAt(log),
    },
  };
}

function shardedCompaction(wish: { name: string; log: string; script: CompactionScript }) {
  const { name, log, script } = wish;
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'CompactBackup',
    metadata: { ...metadata(name), annotations: { [COMPACTION_ANNOTATION]: JSON.stringify(script) } },
    spec: {
      mode: 'sharded',
      shardCount: 4,
      startTs: '2026-01-01T00:00:00Z',
      br: { cluster: CLUSTER },
      s3: storageAt(log),
    },
  };
}
