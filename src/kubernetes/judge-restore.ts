import { decideRestore } from '../domain/replication/decide-restore.js';
import type { RestoreDecision } from '../domain/replication/restore-decision.js';
import type { RestoreJobStep } from '../domain/replication/restore-step.js';
import type { Obstacle, SeenRestore } from '../domain/replication/seen-restore.js';
import { findObstacles, type RestoreSurroundings } from './restore-obstacles.js';
import { seeRestore } from './see-restore.js';

/** Live objects and what the domain says about them. */
export interface JudgedRestore {
  readonly seen: SeenRestore;
  readonly decision: RestoreDecision;
}

export interface RestoreQuestion extends Pick<SeenRestore, 'restore' | 'gatePolicy' | 'cancelled' | 'nowMs'> {
  /** As they were found a moment ago; absent = they are looked for. */
  readonly obstacles?: readonly Obstacle[] | undefined;
}

/** Decides about a Restore from live reads. What is in the way of Jobs is read only where the decision depends on it. */
export async function judgeRestore(
  surroundings: RestoreSurroundings,
  { obstacles, ...question }: RestoreQuestion,
): Promise<JudgedRestore> {
  const seen = await seeRestore(surroundings.api, question);
  const decision = decideRestore(seen);
  if (decision.kind !== 'CreateJob' && decision.kind !== 'Write') return { seen, decision };
  const complete = obstacles === undefined ? await withObstacles(surroundings, seen) : { ...seen, obstacles };
  return { seen: complete, decision: decideRestore(complete) };
}

/** Everything that may be in the way, whether or not a Job is due. */
export async function withObstacles(
  surroundings: RestoreSurroundings,
  seen: SeenRestore,
): Promise<SeenRestore> {
  const { restore } = seen;
  return { ...seen, obstacles: await findObstacles(surroundings, { restore, step: stepAtHand(seen) }) };
}

/** More writes than lie between any state and its next Job. */
const MAX_WRITES = 5;

/** The Job that would be created if nothing were in the way: what has to be written before counts as written. */
function stepAtHand(seen: SeenRestore): RestoreJobStep | undefined {
  let { restore } = seen;
  for (let writes = 0; writes < MAX_WRITES; writes += 1) {
    const decision = decideRestore({ ...seen, restore });
    if (decision.kind === 'CreateJob') return decision.step;
    if (decision.kind !== 'Write') return undefined;
    restore = { ...restore, status: decision.status };
  }
  return undefined;
}
