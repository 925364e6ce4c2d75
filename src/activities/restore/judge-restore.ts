import { decideRestore } from '../../domain/replication/decide-restore.js';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import type { ReviewRestoreInput } from '../../domain/replication/restore-input.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { findObstacles } from '../../kubernetes/restore-obstacles.js';
import { readRestore } from '../../kubernetes/restores.js';
import { seeRestore } from '../../kubernetes/see-restore.js';
import type { RestoreActivityDependencies } from './dependencies.js';

/** Live objects and what the domain says about them. */
export interface JudgedRestore {
  readonly seen: SeenRestore;
  readonly decision: RestoreDecision;
}

/** `undefined` when this Restore is gone. */
export async function judgeRestore(
  deps: RestoreActivityDependencies,
  { namespace, name, uid, gatePolicy, cancelled }: ReviewRestoreInput,
): Promise<JudgedRestore | undefined> {
  const restore = await readRestore(deps.api, { namespace, name });
  if (restore?.metadata.uid !== uid) return undefined;
  const seen = await seeRestore(deps.api, { restore, gatePolicy, cancelled, nowMs: deps.now() });
  const decision = decideRestore(seen);
  if (!dependsOnObstacles(decision)) return { seen, decision };
  const step = decision.kind === 'CreateJob' ? decision.step : undefined;
  const complete = { ...seen, obstacles: await findObstacles(deps, { restore, step }) };
  return { seen: complete, decision: decideRestore(complete) };
}

/** Where nothing is created or written, nothing can be in its way. */
function dependsOnObstacles({ kind }: RestoreDecision): boolean {
  return kind === 'CreateJob' || kind === 'Write';
}
