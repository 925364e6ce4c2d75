import { Backup } from '../../domain/backup/backup.js';
import { Job } from '../../domain/kubernetes/job.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { listAll } from '../../kubernetes/list-all.js';
import { operatorOwns } from '../../domain/operator-view.js';
import { readOperatorView, type OperatorSetting } from '../../kubernetes/operator-presence.js';
import { BACKUPS, JOBS } from '../../kubernetes/resources.js';
import { describeUnreadable, type UnreadableObject } from '../unreadable-object.js';
import { jobNameOf } from './backup-summary.js';

/** Jobs of backups: TiDB Operator's label, which ours carry too. */
const BACKUP_JOBS = 'app.kubernetes.io/managed-by=backup-operator';

export interface SeenBackups {
  readonly seen: readonly SeenBackup[];
  readonly unreadable: readonly UnreadableObject[];
}

export interface ReadQuery {
  /** `undefined`: all. */
  readonly namespace: string | undefined;
  readonly operator: OperatorSetting;
  readonly nowMs: number;
}

/** All Backups with their Jobs, as a worker would judge them now. */
export async function readBackups(
  api: KubernetesApi,
  { namespace, operator, nowMs }: ReadQuery,
): Promise<SeenBackups> {
  const [backups, jobs, view] = await Promise.all([
    listAll(api, BACKUPS, { namespace }),
    listAll(api, JOBS, { namespace, labelSelector: BACKUP_JOBS }),
    readOperatorView(api, operator),
  ]);
  const jobsByName = new Map(
    jobs.map((item) => Job.parse(item)).map((job) => [`${job.metadata.namespace}/${job.metadata.name}`, job]),
  );
  const seen: SeenBackup[] = [];
  const unreadable: UnreadableObject[] = [];
  for (const item of backups) {
    const { data: backup, error } = Backup.safeParse(item);
    if (backup === undefined) {
      unreadable.push(describeUnreadable(item, error.issues));
      continue;
    }
    const job = jobsByName.get(`${backup.metadata.namespace}/${jobNameOf(backup) ?? ''}`);
    seen.push({ backup, job, operatorPresent: operatorOwns(backup.metadata.labels, view), nowMs });
  }
  return { seen, unreadable };
}
