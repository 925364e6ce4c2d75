import { isDeepStrictEqual } from 'node:util';
import { decideRestore } from '../domain/replication/decide-restore.js';
import type { RestoreDecision } from '../domain/replication/restore-decision.js';
import type { RestoreJobStep } from '../domain/replication/restore-step.js';
import type { Obstacle, SeenRestore } from '../domain/replication/seen-restore.js';
import { findObstacles, operatorObstacle, type RestoreSurroundings } from './restore-obstacles.js';
import { livePodsOf, seeRestore } from './see-restore.js';

/** Live objects and what the domain says about them. */
export interface JudgedRestore {
  readonly seen: SeenRestore;
  readonly decision: RestoreDecision;
  /** Pods that are being listed already, for the decision after this one; absent where no Job is about to be created. */
  readonly podsToCome?: Promise<readonly string[]> | undefined;
}

export type RestoreQuestion = Pick<SeenRestore, 'restore' | 'gatePolicy' | 'cancelled' | 'nowMs'>;

/** Decides about a Restore from live reads. */
export async function judgeRestore(
  surroundings: RestoreSurroundings,
  question: RestoreQuestion,
): Promise<JudgedRestore> {
  return judgeSeen(surroundings, { seen: await seeRestore(surroundings.api, question) });
}

/**
 * Decides about what was seen a moment ago. What is in the way of Jobs, and pods, are read where they are not known and
 * the decision depends on them. A live list of pods takes its time: it begins as soon as a Job is about to be created.
 */
export async function judgeSeen(
  surroundings: RestoreSurroundings,
  { seen, podsToCome = beginListing(surroundings, seen) }: Omit<JudgedRestore, 'decision'>,
): Promise<JudgedRestore> {
  const unhindered = await withNeededObstacles(surroundings, seen);
  const complete =
    unhindered.livePods === undefined && dependsOnPods(unhindered)
      ? { ...unhindered, livePods: await (podsToCome ?? livePodsOf(surroundings.api, seen.restore)) }
      : unhindered;
  return { seen: complete, decision: decideRestore(complete), podsToCome };
}

function beginListing(
  { api }: RestoreSurroundings,
  seen: SeenRestore,
): Promise<readonly string[]> | undefined {
  if (seen.livePods !== undefined || stepAtHand(seen) === undefined) return undefined;
  const listing = livePodsOf(api, seen.restore);
  // Who needs it awaits it, and hears of a failure; where nobody does, there is nobody to tell.
  listing.catch(() => undefined);
  return listing;
}

function dependsOnPods(seen: SeenRestore): boolean {
  const without = decideRestore({ ...seen, livePods: [] });
  return !isDeepStrictEqual(without, decideRestore({ ...seen, livePods: ['a pod'] }));
}

/** Writes and Jobs may be kept back by anything; all else only by who else runs this Restore. */
async function withNeededObstacles(
  surroundings: RestoreSurroundings,
  seen: SeenRestore,
): Promise<SeenRestore> {
  if (seen.obstacles !== undefined) return seen;
  const decision = decideRestore(seen);
  if (decision.kind === 'CreateJob' || decision.kind === 'Write') return withObstacles(surroundings, seen);
  const beside = decideRestore({ ...seen, obstacles: [SEEN_BY_OPERATOR] });
  if (isDeepStrictEqual(decision, beside)) return seen;
  const found = await operatorObstacle(surroundings, seen.restore);
  return found === undefined ? seen : { ...seen, obstacles: [found] };
}

const SEEN_BY_OPERATOR: Obstacle = { reason: 'OperatorSeesRestore', message: '' };

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
