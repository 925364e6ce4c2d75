import { Job } from '../../domain/kubernetes/job.js';
import { CompactBackup } from '../../domain/replication/compact-backup.js';
import { replicationConfigOf } from '../../domain/replication/gate-of.js';
import { restoreJobName } from '../../domain/replication/restore-job-name.js';
import { RESTORE_JOB_STEPS } from '../../domain/replication/restore-step.js';
import { Restore } from '../../domain/replication/restore.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { listAll } from '../../kubernetes/list-all.js';
import { COMPACT_BACKUPS, JOBS, RESTORES } from '../../kubernetes/resources.js';
import { describeUnreadable, type UnreadableObject } from '../unreadable-object.js';

/** Jobs of restores: TiDB Operator's label, which ours carry too. */
const RESTORE_JOBS = 'app.kubernetes.io/managed-by=restore-operator';

export interface SeenRestores {
  readonly seen: readonly SeenRestore[];
  readonly unreadable: readonly UnreadableObject[];
}

/** All Restores with their Jobs and CompactBackups, as the watch sees them. `namespace`: `undefined` is all. */
export async function readRestores(
  api: KubernetesApi,
  { namespace, nowMs }: { namespace: string | undefined; nowMs: number },
): Promise<SeenRestores> {
  const [restores, jobItems, compactionItems] = await Promise.all([
    listAll(api, RESTORES, { namespace }),
    listAll(api, JOBS, { namespace, labelSelector: RESTORE_JOBS }),
    listAll(api, COMPACT_BACKUPS, { namespace }),
  ]);
  const jobs = byName(jobItems.map((item) => Job.parse(item)));
  const compactBackups = byName(compactionItems.map((item) => CompactBackup.parse(item)));
  const seen: SeenRestore[] = [];
  const unreadable: UnreadableObject[] = [];
  for (const item of restores) {
    const { data: restore, error } = Restore.safeParse(item);
    if (restore === undefined) {
      unreadable.push(describeUnreadable(item, error.issues));
      continue;
    }
    const { namespace, name } = restore.metadata;
    const own = RESTORE_JOB_STEPS.map((step) => [
      step,
      jobs.get(`${namespace}/${restoreJobName(name, step)}`),
    ]);
    seen.push({
      restore,
      jobs: Object.fromEntries(own.filter(([, job]) => job !== undefined)),
      compactBackup: compactBackups.get(`${namespace}/${replicationConfigOf(restore)?.compactBackupName}`),
      nowMs,
    });
  }
  return { seen, unreadable };
}

function byName<T extends { metadata: { namespace: string; name: string } }>(
  objects: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
}
