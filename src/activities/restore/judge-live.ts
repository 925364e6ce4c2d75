import type { ReviewRestoreInput } from '../../domain/replication/restore-input.js';
import { judgeRestore, type JudgedRestore } from '../../kubernetes/judge-restore.js';
import { readRestore } from '../../kubernetes/restores.js';
import type { RestoreActivityDependencies } from './dependencies.js';

/** The Restore that the input names as it is now; `undefined` when it is gone. */
export async function judgeLive(
  deps: RestoreActivityDependencies,
  { namespace, name, uid, gatePolicy, cancelled }: ReviewRestoreInput,
): Promise<JudgedRestore | undefined> {
  const restore = await readRestore(deps.api, { namespace, name });
  if (restore?.metadata.uid !== uid) return undefined;
  return judgeRestore(deps, { restore, gatePolicy, cancelled, nowMs: deps.now() });
}
