import { z } from 'zod';
import type { OperatorView } from '../domain/operator-view.js';
import { FROM_CACHE, type KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';
import { listOperatorSelectors, viewThrough } from './operator-selector.js';
import { LEASES } from './resources.js';

/** `HOLDFAST_TIDB_OPERATOR`. */
export type OperatorSetting = 'auto' | 'present' | 'absent';

/** What was found of TiDB Operator, and on which evidence. */
export interface OperatorSighting extends OperatorView {
  /** `refused`: Leases cannot be listed. */
  readonly leases: 'listed' | 'refused' | 'not asked';
  /** `-selector` of each operator, empty where it has none; `undefined` for one whose Deployment cannot be seen. */
  readonly selectors: readonly (string | undefined)[];
}

const LEASE_PREFIX = 'tidb-controller-manager';
const LeaseList = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })),
});

/**
 * Whether a TiDB Operator owns Backups here, and which ones it does not see. Its Lease counts even when nobody renews
 * it. Where Leases cannot be listed it is taken to be present: then we create nothing that it might create too.
 * Its selector comes from the Deployment beside the Lease; where none can be seen, the label `holdfast.dev/managed`
 * is trusted. A setting other than `auto` decides the presence alone.
 * @throws ApiFailure when the API server does not answer
 */
export async function readOperatorView(
  api: KubernetesApi,
  setting: OperatorSetting,
): Promise<OperatorSighting> {
  if (setting === 'absent') return { present: false, hides: () => false, leases: 'not asked', selectors: [] };
  const namespaces = await leaseNamespaces(api);
  const selectors = await Promise.all(
    (namespaces ?? []).map((namespace) => listOperatorSelectors(api, namespace)),
  );
  const found = selectors.flat();
  return {
    present: setting === 'present' || namespaces === undefined || namespaces.length > 0,
    hides: viewThrough(found.length === 0 ? [undefined] : found),
    leases: namespaces === undefined ? 'refused' : 'listed',
    selectors: found,
  };
}

/** The namespaces with a Lease of the operator; `undefined` where Leases cannot be listed. */
async function leaseNamespaces(api: KubernetesApi): Promise<string[] | undefined> {
  try {
    const { items } = LeaseList.parse(await api.list(LEASES, FROM_CACHE));
    const operators = items.filter(({ metadata }) => metadata.name.startsWith(LEASE_PREFIX));
    return [...new Set(operators.map(({ metadata }) => metadata.namespace))];
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 403) return undefined;
    throw failure;
  }
}
