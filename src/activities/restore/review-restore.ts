import { log } from '@temporalio/activity';
import { eventsDue } from '../../domain/replication/events-due.js';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import type { RestoreEvent } from '../../domain/replication/restore-events.js';
import type { ReviewRestoreInput } from '../../domain/replication/restore-input.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import { restoreReviewOf } from '../../domain/replication/restore-review-of.js';
import { recordRestoreEvents } from '../../kubernetes/events.js';
import { judgeSeen, type JudgedRestore } from '../../kubernetes/judge-restore.js';
import { writeRestoreStatus } from '../../kubernetes/restores.js';
import { onFreshRead } from '../on-fresh-read.js';
import { createRestoreJob, type LeftBehind } from './create-restore-job.js';
import type { RestoreActivityContext } from './dependencies.js';
import { hearLastWords } from './hear-last-words.js';
import { judgeLive } from './judge-live.js';

/** More writes and Jobs than a whole restore needs: something acts against us. */
const MAX_STEPS = 8;
const LOOK_AGAIN_MS = 5_000;

/**
 * Looks at the live objects, and does what the decision says until nothing is to be written or created; tells what comes
 * next. A Job follows the write that makes it due without another look at what both depend on.
 */
export async function reviewRestore(
  deps: RestoreActivityContext,
  input: ReviewRestoreInput,
): Promise<RestoreReview> {
  const passing: RestoreEvent[] = [];
  let left: Ongoing | undefined;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const judged = await onFreshRead(async () => {
      const from = left;
      // Somebody else's write, or a failure: what was seen counts no more.
      left = undefined;
      const judging = from === undefined ? judgeLive(deps, input) : judgeSeen(deps, from);
      const found = await hearLastWords(deps.api, await judging);
      left = found && (await act(deps, found));
      return found;
    });
    if (judged === undefined) {
      const summary = 'the Restore does not exist any more';
      return { next: 'Done', outcome: 'Deleted', summary, details: [] };
    }
    passing.push(...(left?.events ?? []));
    const { seen, decision } = judged;
    if (decision.kind === 'Write' || decision.kind === 'CreateJob') continue;
    await tell(deps, judged, passing);
    return restoreReviewOf(seen, decision);
  }
  log.warn('a Restore is written again and again', {
    namespace: input.namespace,
    restore: input.name,
  });
  const summary = 'somebody else changes this Restore or its Jobs again and again';
  return { next: 'Await', phase: 'Reviewing', summary, details: [], recheckAfterMs: LOOK_AGAIN_MS };
}

type Ongoing = LeftBehind & Pick<JudgedRestore, 'podsToCome'>;

/** One write or one Job. @returns `undefined` where only a look can tell what is there now */
async function act(
  deps: RestoreActivityContext,
  { seen, decision, podsToCome }: JudgedRestore,
): Promise<Ongoing | undefined> {
  if (decision.kind === 'CreateJob') return createRestoreJob(deps, seen, decision);
  if (decision.kind !== 'Write') return undefined;
  const restore = await writeStatus(deps, seen, decision);
  return { seen: { ...seen, restore, nowMs: deps.now() }, events: decision.events, podsToCome };
}

/** One write, under the version that was read. */
async function writeStatus(
  deps: RestoreActivityContext,
  { restore }: JudgedRestore['seen'],
  { change, status, summary }: Extract<RestoreDecision, { kind: 'Write' }>,
): Promise<JudgedRestore['seen']['restore']> {
  const { namespace, name } = restore.metadata;
  const written = await writeRestoreStatus(deps.api, restore, status);
  log.info('restore: status written', { namespace, restore: name, change, summary });
  return written;
}

/**
 * Events come last: no Job waits for them. Their names follow from what they say, and whoever comes after a run that
 * died before them finds those that are due.
 */
async function tell(
  deps: RestoreActivityContext,
  { seen, decision }: JudgedRestore,
  passing: readonly RestoreEvent[],
): Promise<void> {
  if (decision.kind === 'Leave') return;
  const ending = decision.kind === 'Ended' ? decision.events : [];
  const { restore, nowMs } = seen;
  await recordRestoreEvents(deps, {
    restore,
    events: [...passing, ...eventsDue(seen), ...ending],
    told: deps.told,
    nowMs,
  });
}
