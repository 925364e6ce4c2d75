import type { DrillPlan, StoreLocation } from '../../domain/drill/drill-plan.js';
import { createLedgerStore, type LedgerStore } from '../../storage/ledger-store.js';
import type { ObjectStore } from '../../storage/object-store.js';

export interface DrillStores {
  readonly store: ObjectStore;
  readonly ledger: LedgerStore;
}

/** Opens the buckets of a plan for some work, and closes them after it. */
export async function withStores<T>(
  openStore: (location: StoreLocation) => ObjectStore,
  plan: Pick<DrillPlan, 'store' | 'ledger'>,
  work: (stores: DrillStores) => Promise<T>,
): Promise<T> {
  const store = openStore(plan.store);
  const ledgerAt = plan.ledger ?? plan.store;
  const ledgerStore = plan.ledger === undefined ? store : openStore(ledgerAt);
  try {
    return await work({ store, ledger: createLedgerStore({ store: ledgerStore, prefix: ledgerAt.prefix }) });
  } finally {
    store.close();
    if (ledgerStore !== store) ledgerStore.close();
  }
}
