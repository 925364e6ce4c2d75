import { log } from '@temporalio/activity';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import type { ReviewRestoreInput } from '../../domain/replication/restore-input.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import { restoreReviewOf } from '../../domain/replication/restore-review-of.js';
import { recordRestoreEvents } from '../../kubernetes/events.js';
import type { JudgedRestore } from '../../kubernetes/judge-restore.js';
import { writeRestoreStatus } from '../../kubernetes/restores.js';
import { onFreshRead } from '../on-fresh-read.js';
import type { RestoreActivityDependencies } from './dependencies.js';
import { hearLastWords } from './hear-last-words.js';
import { judgeLive } from './judge-live.js';

/** More writes than a whole restore needs: something writes against us. */
const MAX_WRITES = 8;
const LOOK_AGAIN_MS = 5_000;

/** Looks at the live objects, writes what the decision says until nothing is to be written, and tells what comes next. */
export async function reviewRestore(
  deps: RestoreActivityDependencies,
  input: ReviewRestoreInput,
): Promise<RestoreReview> {
  // Read once: they belong to the moment, and whoever creates a Job looks for them again.
  let obstacles: JudgedRestore['seen']['obstacles'];
  for (let writes = 0; writes < MAX_WRITES; writes += 1) {
    const judged = await onFreshRead(() => writeIfDue(deps, input, obstacles));
    if (judged === undefined) {
      return {
        next: 'Done',
        outcome: 'Deleted',
        summary: 'the Restore does not exist any more',
        details: [],
      };
    }
    const { seen, decision } = judged;
    obstacles = seen.obstacles;
    if (decision.kind === 'Write') continue;
    if (decision.kind === 'Ended') await tell(deps, judged);
    return restoreReviewOf(seen, decision);
  }
  log.warn('a Restore is written again and again', { restore: `${input.namespace}/${input.name}` });
  const summary = 'somebody else changes the status of this Restore again and again';
  return { next: 'Await', phase: 'Reviewing', summary, details: [], recheckAfterMs: LOOK_AGAIN_MS };
}

async function writeIfDue(
  deps: RestoreActivityDependencies,
  input: ReviewRestoreInput,
  obstacles: JudgedRestore['seen']['obstacles'],
): Promise<JudgedRestore | undefined> {
  const judged = await hearLastWords(deps.api, await judgeLive(deps, input, obstacles));
  if (judged?.decision.kind === 'Write') await write(deps, judged, judged.decision);
  return judged;
}

/**
 * One write, under the version that was read. Its Events come first, under names that a repetition meets again: whoever
 * comes after a run that died in between would see no reason to say them.
 */
export async function write(
  deps: RestoreActivityDependencies,
  judged: JudgedRestore,
  { change, status, summary }: Extract<RestoreDecision, { kind: 'Write' }>,
): Promise<void> {
  const { restore } = judged.seen;
  const { namespace, name } = restore.metadata;
  await tell(deps, judged);
  await writeRestoreStatus(deps.api, restore, status);
  log.info('restore: status written', { restore: `${namespace}/${name}`, change, summary });
}

async function tell(deps: RestoreActivityDependencies, { seen, decision }: JudgedRestore): Promise<void> {
  if (decision.kind !== 'Write' && decision.kind !== 'Ended') return;
  const { restore, nowMs } = seen;
  await recordRestoreEvents(deps.api, { restore, events: decision.events, nowMs });
}
