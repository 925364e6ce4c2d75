import { TidbCluster } from '../domain/backup/tidb-cluster.js';
import type { RestoreJobStep } from '../domain/replication/restore-step.js';
import type { Restore } from '../domain/replication/restore.js';
import { targetClusterOf } from '../domain/replication/target-cluster.js';
import type { KubernetesApi } from './api.js';
import type { JobImages } from './job-images.js';
import { restoreJob } from './objects/restore-job.js';
import { TIDB_CLUSTERS } from './resources.js';

/** The Job of one step from the CR and its TidbCluster; `undefined` where that does not exist (any more). */
export async function buildRestoreJob(
  { api, images: { backupManager, br } }: { api: KubernetesApi; images: JobImages },
  question: { restore: Restore; step: RestoreJobStep; retainLatestMvccVersion: boolean },
): Promise<object | undefined> {
  const { restore } = question;
  const target = targetClusterOf(restore);
  const found = target && (await api.get({ resource: TIDB_CLUSTERS, ...target }));
  if (found === undefined) return undefined;
  const images = { backupManager, ...(br !== undefined && { br }) };
  return restoreJob({ ...question, cluster: TidbCluster.parse(found), images });
}
