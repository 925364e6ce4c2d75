import { SCRIPT_ANNOTATION } from '../../dev/node-agent/pod-script.js';
import { MANAGED_LABEL } from '../../src/domain/labels.js';
import { CLUSTER, NAMESPACE, storageAt } from '../retry/manifests.js';

/** A replication restore whose pods are acted; the one of the log half reports in the Restore. */
export interface ScriptedRestore {
  readonly name: string;
  readonly compactBackup: string;
  /** From the start of a pod to its end. */
  readonly snapshotMs: number;
  readonly logMs: number;
  /** Default: the one that exists. */
  readonly cluster?: string;
}

export function restoreManifest(restore: ScriptedRestore): object {
  const { name, compactBackup, snapshotMs, logMs, cluster = CLUSTER } = restore;
  const script = [
    { kind: 'scripted', afterMs: snapshotMs },
    { kind: 'scripted', afterMs: logMs, crWrites: ['Running', 'Complete'] },
  ];
  return {
    ...kindOf('Restore'),
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { [MANAGED_LABEL]: 'true' },
      annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script) },
    },
    spec: {
      restoreMode: 'pitr',
      replicationConfig: { compactBackupName: compactBackup },
      br: { cluster },
      pitrFullBackupStorageProvider: { s3: storageAt('snapshot') },
      s3: storageAt('log'),
    },
  };
}

/** Nobody runs it: the bench says what state it is in. */
export function compactBackupManifest(name: string): object {
  return {
    ...kindOf('CompactBackup'),
    metadata: { name, namespace: NAMESPACE },
    spec: {
      mode: 'sharded',
      shardCount: 4,
      startTs: '2026-01-01T00:00:00Z',
      br: { cluster: CLUSTER },
      s3: storageAt('log'),
    },
  };
}

/** A Restore that is not Holdfast's: nobody but the bench writes it. */
export function untouchedRestoreManifest(name: string): object {
  return {
    ...kindOf('Restore'),
    metadata: { name, namespace: NAMESPACE },
    spec: { restoreMode: 'snapshot' },
  };
}

function kindOf(kind: string) {
  return { apiVersion: 'pingcap.com/v1alpha1', kind };
}
