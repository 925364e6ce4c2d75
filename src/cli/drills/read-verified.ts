import { takenMsOf } from '../../domain/drill/backup-selection.js';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { LEDGER_FOLDER, verdictsOf, type Ledger, type LedgerVerdict } from '../../domain/drill/ledger.js';
import { unsafeName } from '../../domain/drill/object-name.js';
import { createLedgerStore } from '../../storage/ledger-store.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { CliDependencies } from '../dependencies.js';

/** One backup as the bucket and the ledger know it. */
export interface KnownBackup {
  readonly plan: string;
  readonly id: string;
  readonly prefix: string;
  /** As far as its name tells, milliseconds since the epoch. */
  readonly takenMs?: number;
  /** Of the last drill that saw it. */
  readonly sizeBytes?: number;
  /** False: only the ledger remembers it. */
  readonly present: boolean;
  /** Newest last. */
  readonly verdicts: readonly LedgerVerdict[];
}

export interface KnownBackups {
  /** Newest first. */
  readonly backups: readonly KnownBackup[];
  /** Where the chain of the ledger does not hold. */
  readonly problems: readonly string[];
}

/** Reads a folder list and the ledger, nothing else. @throws StoreFailure */
export async function readVerified(
  { openStore }: Pick<CliDependencies, 'openStore'>,
  plan: DrillPlan,
): Promise<KnownBackups> {
  const store = await openStore(plan.store);
  const ledgerStore = plan.ledger === undefined ? store : await openStore(plan.ledger);
  try {
    const { prefix } = plan.ledger ?? plan.store;
    const [ledger, listed] = await Promise.all([
      createLedgerStore({ store: ledgerStore, prefix }).readLedger(),
      foldersOf(store, plan),
    ]);
    return { backups: known(plan, { ledger, listed }), problems: ledger.problems };
  } finally {
    store.close();
    if (ledgerStore !== store) ledgerStore.close();
  }
}

async function foldersOf(store: ObjectStore, { store: { prefix }, pitr }: DrillPlan): Promise<Set<string>> {
  const folders = new Set<string>();
  for await (const folder of store.folders(prefix)) {
    const isOther = folder === `${prefix}${LEDGER_FOLDER}` || folder === pitr?.prefix;
    if (!isOther && unsafeName(folder.slice(prefix.length, -1)) === undefined) folders.add(folder);
  }
  return folders;
}

function known(
  { name: plan, store }: DrillPlan,
  { ledger, listed }: { ledger: Ledger; listed: ReadonlySet<string> },
): KnownBackup[] {
  const remembered = ledger.verdicts.filter(({ backup }) => backup.prefix.startsWith(store.prefix));
  const prefixes = [...new Set([...listed, ...remembered.map(({ backup }) => backup.prefix)])];
  return prefixes
    .map((prefix): KnownBackup => {
      const id = prefix.slice(store.prefix.length, -1);
      const verdicts = verdictsOf(ledger, prefix);
      const takenMs = takenMsOf(id);
      const sizeBytes = verdicts.findLast((verdict) => verdict.sizeBytes !== undefined)?.sizeBytes;
      return {
        plan,
        id,
        prefix,
        ...(takenMs !== undefined && { takenMs }),
        ...(sizeBytes !== undefined && { sizeBytes }),
        present: listed.has(prefix),
        verdicts,
      };
    })
    .sort((a, b) => (b.takenMs ?? 0) - (a.takenMs ?? 0) || (a.id < b.id ? 1 : -1));
}

/** The newest backup that is there and whose last drill that could tell passed. */
export function lastVerified(backups: readonly KnownBackup[]): KnownBackup | undefined {
  return backups.find(
    ({ present, verdicts }) =>
      present && verdicts.findLast(({ verdict }) => verdict !== 'inconclusive')?.verdict === 'pass',
  );
}
