import type { Job } from '../domain/kubernetes/job.js';
import { RESTORE_UID_LABEL } from '../domain/labels.js';
import { Pod } from '../domain/kubernetes/pod.js';
import { replicationConfigOf } from '../domain/replication/gate-of.js';
import { restoreJobName } from '../domain/replication/restore-job-name.js';
import { RESTORE_JOB_STEPS, type RestoreJobStep } from '../domain/replication/restore-step.js';
import type { Restore } from '../domain/replication/restore.js';
import type { SeenRestore } from '../domain/replication/seen-restore.js';
import type { KubernetesApi } from './api.js';
import { readCompactBackup } from './compact-backups.js';
import { findJob, listItems } from './jobs.js';
import { PODS } from './resources.js';

/**
 * The live objects that every decision about this Restore may depend on. Its pods, and what keeps Jobs from being
 * created (`findObstacles`), are read apart: most decisions need none of it.
 */
export async function seeRestore(
  api: KubernetesApi,
  { restore, ...rest }: Pick<SeenRestore, 'restore' | 'gatePolicy' | 'cancelled' | 'nowMs'>,
): Promise<SeenRestore> {
  const [jobs, compactBackup] = await Promise.all([jobsOf(api, restore), compactBackupOf(api, restore)]);
  return { ...rest, restore, jobs, compactBackup };
}

/** With the pods of this Restore that have not ended, whether or not the decision depends on them. */
export async function withLivePods(api: KubernetesApi, seen: SeenRestore): Promise<SeenRestore> {
  return { ...seen, livePods: await livePodsOf(api, seen.restore) };
}

async function jobsOf(
  api: KubernetesApi,
  { metadata: { namespace, name } }: Restore,
): Promise<Partial<Record<RestoreJobStep, Job>>> {
  const found = await Promise.all(
    RESTORE_JOB_STEPS.map(async (step) => ({
      step,
      job: await findJob(api, { namespace, name: restoreJobName(name, step) }),
    })),
  );
  return Object.fromEntries(found.flatMap(({ step, job }) => (job === undefined ? [] : [[step, job]])));
}

async function compactBackupOf(api: KubernetesApi, restore: Restore): Promise<SeenRestore['compactBackup']> {
  const name = replicationConfigOf(restore)?.compactBackupName;
  const { namespace } = restore.metadata;
  return name === undefined ? undefined : readCompactBackup(api, { namespace, name });
}

/**
 * Names of the pods of this Restore that have not ended, whether or not their Job is still there. A live list: it may
 * take 100 ms until the API server's cache has caught up.
 */
export async function livePodsOf(api: KubernetesApi, { metadata }: Restore): Promise<string[]> {
  const { namespace, uid } = metadata;
  const answer = await api.list(PODS, { namespace, labelSelector: `${RESTORE_UID_LABEL}=${uid}` });
  return listItems(answer)
    .map((item) => Pod.parse(item))
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .map((pod) => pod.metadata.name);
}
