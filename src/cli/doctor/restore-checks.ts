import { ApiFailure } from '../../kubernetes/api-failure.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import type { OperatorSetting } from '../../kubernetes/operator-presence.js';
import { readRestores, type SeenRestores } from '../restores/read-restores.js';
import { someOf, type Check } from './check.js';
import { managedLabelCheck } from './operator-checks.js';

/** What stands out among the Restores; nothing where their CRDs are not installed. */
export async function restoreChecks(
  api: KubernetesApi,
  { operator, nowMs }: { operator: OperatorSetting; nowMs: number },
): Promise<Check[]> {
  let found: SeenRestores;
  try {
    found = await readRestores(api, { namespace: undefined, nowMs });
  } catch (failure) {
    if (!(failure instanceof ApiFailure) || failure.status === undefined) throw failure;
    if (failure.status === 404) return [];
    return [{ area: 'Restores', name: 'list', verdict: 'skip', found: failure.message }];
  }
  const objects = found.seen.map(({ restore }) => restore);
  return [countCheck(found), await managedLabelCheck(api, { area: 'Restores', objects, operator })];
}

function countCheck({ seen, unreadable }: SeenRestores): Check {
  const check = { area: 'Restores', name: 'list' } as const;
  const found = `${seen.length + unreadable.length} Restores`;
  if (unreadable.length === 0) return { ...check, verdict: 'ok', found };
  const names = someOf(unreadable.map(({ namespace, name }) => `${namespace}/${name}`));
  const mend = 'correct their fields';
  return { ...check, verdict: 'warn', found: `${found}; cannot be read: ${names}`, mend };
}
