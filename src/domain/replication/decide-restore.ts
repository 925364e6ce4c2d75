import type { RestoreDecision } from './restore-decision.js';
import type { SeenRestore } from './seen-restore.js';

/** The whole decision about one Restore: pure, so that a repeated, late or stale nudge decides the same. */
export function decideRestore({ restore }: SeenRestore): RestoreDecision {
  const { namespace, name } = restore.metadata;
  return { kind: 'Leave', reason: 'NotManaged', summary: `Restore ${namespace}/${name} is not ours` };
}
