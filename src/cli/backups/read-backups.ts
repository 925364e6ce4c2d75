import { Backup } from '../../domain/backup/backup.js';
import { Job } from '../../domain/kubernetes/job.js';
import { ObjectMeta } from '../../domain/kubernetes/object-meta.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { KubernetesApi, ListQuery } from '../../kubernetes/api.js';
import { listItems } from '../../kubernetes/jobs.js';
import { operatorOwns } from '../../domain/operator-view.js';
import { readOperatorView, type OperatorSetting } from '../../kubernetes/operator-presence.js';
import { BACKUPS, JOBS, type ResourceType } from '../../kubernetes/resources.js';
import { jobNameOf } from './backup-summary.js';

const PAGE_SIZE = 500;
/** Jobs of backups: TiDB Operator's label, which ours carry too. */
const BACKUP_JOBS = 'app.kubernetes.io/managed-by=backup-operator';

/** An object that the schema does not accept: shown, never hidden. */
export interface UnreadableBackup {
  readonly namespace: string;
  readonly name: string;
  readonly problem: string;
}

export interface SeenBackups {
  readonly seen: readonly SeenBackup[];
  readonly unreadable: readonly UnreadableBackup[];
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
  const unreadable: UnreadableBackup[] = [];
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

function describeUnreadable(
  item: unknown,
  issues: readonly { path: PropertyKey[]; message: string }[],
): UnreadableBackup {
  const metadata: unknown =
    typeof item === 'object' && item !== null && 'metadata' in item ? item.metadata : {};
  const { namespace = '?', name = '?' } = ObjectMeta.partial().safeParse(metadata).data ?? {};
  const problem = issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
  return { namespace, name, problem };
}

async function listAll(api: KubernetesApi, resource: ResourceType, query: ListQuery): Promise<unknown[]> {
  const items: unknown[] = [];
  let next: string | undefined;
  do {
    const page = await api.list(resource, { ...query, limit: PAGE_SIZE, continue: next });
    items.push(...listItems(page));
    next = continueOf(page);
  } while (next !== undefined);
  return items;
}

function continueOf(page: unknown): string | undefined {
  const metadata: unknown =
    typeof page === 'object' && page !== null && 'metadata' in page ? page.metadata : undefined;
  const token: unknown =
    typeof metadata === 'object' && metadata !== null && 'continue' in metadata
      ? metadata.continue
      : undefined;
  return typeof token === 'string' && token !== '' ? token : undefined;
}
