import {
  createBackupActivities,
  type BackupActivities,
} from '../../src/activities/backup/backup-activities.js';
import { Backup } from '../../src/domain/backup/backup.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { NOW_MS } from '../domain/retry/example-backup.js';
import type { InMemoryCluster } from '../kubernetes/in-memory-cluster.js';
import { inActivityContext } from './activity-context.js';

/** The Backup of `exampleBackup`, as activities are asked about it. */
export const INPUT = {
  cluster: 'test',
  clusterUid: 'kube-uid',
  namespace: 'prod',
  name: 'orders',
  uid: 'backup-uid',
};
export const REFERENCE = { resource: BACKUPS, namespace: INPUT.namespace, name: INPUT.name };

/** The activities on a cluster in memory, where the time stands still. */
export interface InMemoryBackup {
  /** `api` defaults to the cluster's own. */
  activities(api?: KubernetesApi): BackupActivities;
  backup(): Backup;
}

export function inMemoryBackup(memory: InMemoryCluster, nowMs = NOW_MS): InMemoryBackup {
  return {
    activities: (api = memory.api) =>
      inActivityContext(
        createBackupActivities({
          api,
          clusterUid: INPUT.clusterUid,
          operator: 'absent',
          images: { backupManager: 'holdfast-backup-manager:test' },
          now: () => nowMs,
        }),
      ),
    backup: () => Backup.parse(memory.read(REFERENCE)),
  };
}
