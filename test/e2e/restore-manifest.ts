import { SCRIPT_ANNOTATION } from '../../dev/node-agent/pod-script.js';
import { MANAGED_LABEL } from '../../src/domain/labels.js';
import { S3_SECRET, TIDB_CLUSTER, type PodScript } from './backup-manifest.js';

export const COMPACT_BACKUP = 'log-compaction';

/** A pod of the snapshot half: its manager writes nothing. */
export const SNAPSHOT_POD = { kind: 'scripted' };
/** A pod of the log half that restores everything. */
export const LOG_POD = { kind: 'scripted', crWrites: ['Running', 'Complete'] };
export const FAILING_SNAPSHOT_POD = { kind: 'scripted', exitCode: 1 };
/** A pod that runs for longer than any test. */
export const ENDLESS_POD = { kind: 'scripted', afterMs: 600_000 };

export interface RestoreWish {
  readonly name: string;
  /** What the pods do (dev/node-agent/pod-script.ts): the first entry is for the snapshot half, the second for the log half. */
  readonly script: PodScript;
  readonly compactBackup?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: labelled as ours. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Merged into the spec. */
  readonly spec?: object;
}

/** The place of the log backup, as Restore and CompactBackup name it. */
export const LOG_STORAGE = {
  provider: 'aws',
  bucket: 'backups',
  prefix: 'log',
  secretName: S3_SECRET,
  endpoint: 'http://127.0.0.1:9000',
};

export function restoreManifest(wish: RestoreWish): object {
  const { name, script, compactBackup = COMPACT_BACKUP, annotations, spec } = wish;
  const { labels = { [MANAGED_LABEL]: 'true' } } = wish;
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Restore',
    metadata: {
      name,
      labels,
      annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script), ...annotations },
    },
    spec: {
      restoreMode: 'pitr',
      replicationConfig: { compactBackupName: compactBackup },
      pitrFullBackupStorageProvider: { s3: { ...LOG_STORAGE, prefix: 'full' } },
      br: { cluster: TIDB_CLUSTER },
      s3: LOG_STORAGE,
      ...spec,
    },
  };
}

/** Labelled, so that no operator beside us runs it: the test says what state it is in. */
export function compactBackupManifest({ name, spec }: { name: string; spec?: object }): object {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'CompactBackup',
    metadata: { name, labels: { [MANAGED_LABEL]: 'true' } },
    spec: {
      startTs: '2026-11-20T00:00:00+00:00',
      endTs: '2026-11-21T00:00:00+00:00',
      br: { cluster: TIDB_CLUSTER },
      s3: LOG_STORAGE,
      ...spec,
    },
  };
}

export { tikvManifests } from '../../dev/tidb-cluster/tikv-manifests.js';
