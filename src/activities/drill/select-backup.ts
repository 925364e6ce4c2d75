import { missingMetadata } from '../../domain/drill/backup-layout.js';
import { selectBackups, takenMsOf, type BackupCandidate } from '../../domain/drill/backup-selection.js';
import type { BackupReference } from '../../domain/drill/drill-input.js';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { LEDGER_FOLDER, type Ledger } from '../../domain/drill/ledger.js';
import { unsafeName } from '../../domain/drill/object-name.js';
import type { ObjectStore } from '../../storage/object-store.js';

/** Of each kind of metadata file the two names; whatever suffix follows is listed too. */
const METADATA_KEYS = ['xtrabackup_', 'mariadb_backup_'];
/** More folders than any retention keeps; a bucket with more is not one of backups. */
const MAX_FOLDERS = 20_000;
/** Objects of an incomplete backup that are looked at for its age. */
const MAX_AGED_OBJECTS = 10_000;

export interface SelectionSources {
  readonly plan: DrillPlan;
  readonly store: ObjectStore;
  readonly ledger: Ledger;
  readonly nowMs: number;
  readonly draw: number;
  readonly signal?: AbortSignal;
}

/**
 * The backups that the plan wants drilled now; more than one only for `every-new`, none where all are done or named ones
 * are not there. Looks at a few objects per folder.
 * @throws StoreFailure
 */
export async function selectBackup(sources: SelectionSources): Promise<BackupReference[]> {
  const { plan, ledger, nowMs, draw } = sources;
  const { selection } = plan;
  const chosen = selectBackups({
    selection,
    candidates: await findBackups(sources),
    ledger,
    nowMs,
    draw,
  });
  return chosen.map(({ id, prefix }) => ({ id, prefix }));
}

/** Every backup below the plan's prefix. */
export async function findBackups({
  plan,
  store,
  signal,
}: Pick<SelectionSources, 'plan' | 'store' | 'signal'>): Promise<BackupCandidate[]> {
  const candidates: BackupCandidate[] = [];
  let folders = 0;
  for await (const prefix of store.folders(plan.store.prefix, signal ? { signal } : {})) {
    folders += 1;
    if (folders > MAX_FOLDERS) break;
    const id = prefix.slice(plan.store.prefix.length, -1);
    if (prefix.endsWith(LEDGER_FOLDER) || prefix === plan.pitr?.prefix || unsafeName(id) !== undefined)
      continue;
    const candidate = await candidateOf(store, { id, prefix });
    if (candidate) candidates.push(candidate);
  }
  return candidates;
}

/** `undefined`: a folder of something else, without metadata and without a time in its name. */
async function candidateOf(
  store: ObjectStore,
  { id, prefix }: BackupReference,
): Promise<BackupCandidate | undefined> {
  const metadata = await metadataOf(store, prefix);
  const takenMs = takenMsOf(id);
  const metadataMs = metadata.lastModifiedMs;
  if (!missingMetadata(metadata.names).includes('checkpoints')) {
    return { id, prefix, complete: true, takenMs: takenMs ?? metadataMs };
  }
  if (takenMs === undefined) return undefined;
  return { id, prefix, complete: false, takenMs, newestObjectMs: await newestObject(store, prefix) };
}

async function metadataOf(store: ObjectStore, prefix: string) {
  const names: string[] = [];
  let lastModifiedMs = 0;
  for (const start of METADATA_KEYS) {
    for await (const object of store.list(`${prefix}${start}checkpoints`)) {
      names.push(object.key.slice(prefix.length));
      lastModifiedMs = Math.max(lastModifiedMs, object.lastModifiedMs);
      if (names.length > 10) break;
    }
  }
  return { names, lastModifiedMs };
}

async function newestObject(store: ObjectStore, prefix: string): Promise<number> {
  let newestMs = 0;
  let objects = 0;
  for await (const { lastModifiedMs } of store.list(prefix)) {
    newestMs = Math.max(newestMs, lastModifiedMs);
    objects += 1;
    if (objects > MAX_AGED_OBJECTS) break;
  }
  return newestMs;
}
