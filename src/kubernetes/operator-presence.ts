import { z } from 'zod';
import type { KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';
import { LEASES } from './resources.js';

/** `HOLDFAST_TIDB_OPERATOR`. */
export type OperatorSetting = 'auto' | 'present' | 'absent';

const PAGE_SIZE = 500;
const LeaseList = z.object({
  metadata: z.object({ continue: z.string().optional() }).optional(),
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

/**
 * Whether a TiDB Operator owns the first Jobs here. Its Lease counts even when nobody renews it: an operator that is
 * down for maintenance is still the owner. Where Leases cannot be listed it is taken to be present: then we create
 * nothing that it might create too.
 */
export async function isOperatorPresent(api: KubernetesApi, setting: OperatorSetting): Promise<boolean> {
  if (setting !== 'auto') return setting === 'present';
  try {
    let next: string | undefined;
    do {
      const page = LeaseList.parse(await api.list(LEASES, { limit: PAGE_SIZE, continue: next }));
      if (page.items.some((lease) => lease.metadata.name.startsWith('tidb-controller-manager'))) return true;
      next = page.metadata?.continue;
    } while (next !== undefined && next !== '');
    return false;
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 403) return true;
    throw failure;
  }
}
