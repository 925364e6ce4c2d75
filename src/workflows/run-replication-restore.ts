/*
 * One Restore that is ours, from its first look to its end:
 * 1. review: look at the live objects, write what is due, create the Job that is due, say what comes next;
 * 2. stop Jobs, or wait for a nudge or a time: each leads to the next look.
 * Both halves and the compaction run side by side; which of them ends last does not matter. Everything stands in the
 * Restore but the wish to end it early. From the first Job on, the data of the cluster is being overwritten.
 */
import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { RestoreActivities } from '../activities/restore/restore-activities.js';
import { taskQueues } from '../domain/names.js';
import type { ReviewRestoreInput, RunReplicationRestoreInput } from '../domain/replication/restore-input.js';
import type { RestoreOutcome, RestorePhase, RestoreReview } from '../domain/replication/restore-review.js';
import type { RestoreJobStep } from '../domain/replication/restore-step.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { kubernetesActivities } from './activity-options.js';
import { openApiServerView } from './api-server-away.js';
import { openCancelDesk } from './cancel-desk.js';
import { openInbox } from './inbox.js';
import { assertTextFields } from './input-check.js';
import { openRestoreBoard } from './restore-board.js';
import { cancelRestore, type RestoreView } from './restore-messages.js';

export interface RunReplicationRestoreResult {
  readonly outcome: RestoreOutcome;
  readonly summary: string;
}

/** What a run hands to the one that it continues as; the Restore holds the rest. */
export interface CarriedRestore {
  readonly view: RestoreView;
}

/** @throws CancelledFailure when it was cancelled, after its Jobs are stopped and the Restore says so */
export async function runReplicationRestore(
  input: RunReplicationRestoreInput,
  carried?: CarriedRestore,
): Promise<RunReplicationRestoreResult> {
  const names = ['cluster', 'clusterUid', 'namespace', 'name', 'uid'];
  assertTextFields(input, { names, updates: [cancelRestore] });
  const workflow = CancellationScope.current();
  // A cancellation is a wish that the loop carries out: cut short, it would leave Jobs that nobody looks after.
  const result = await CancellationScope.nonCancellable(() => run({ input, workflow, carried }));
  if (workflow.consideredCancelled && result.outcome !== 'Complete') {
    throw new CancelledFailure(result.summary);
  }
  return result;
}

interface Run {
  readonly input: RunReplicationRestoreInput;
  readonly workflow: CancellationScope;
  readonly carried: CarriedRestore | undefined;
}

async function run({ input, workflow, carried }: Run): Promise<RunReplicationRestoreResult> {
  const inbox = openInbox();
  const apiServer = openApiServerView();
  const board = openRestoreBoard(input, { apiServer, carried: carried?.view });
  const desk = openCancelDesk({ inbox, workflow, carried: carried?.view.cancelled });
  const { taskQueue } = workflowInfo();
  const activities = proxyActivities<RestoreActivities>(
    kubernetesActivities(taskQueues({ prefix: taskQueue, cluster: input.cluster }).kubernetes),
  );
  if (input.adopt === true) {
    const adoption = await apiServer.call(() => activities.adoptRestore(input));
    if (!adoption.adopted) return { outcome: 'Left', summary: adoption.summary };
  }
  let last: RestoreReview | undefined;
  for (;;) {
    const mark = inbox.mark();
    const wish = desk.wish();
    const asked = { ...input, ...(wish !== undefined && { cancelled: wish }) };
    const review = await apiServer.call(() => nextLook(activities, asked, last));
    desk.hear(review, wish);
    board.show(viewOf(review, wish));
    last = review;
    if (review.next === 'Await') {
      await inbox.changeSince(mark, timerOf(review));
    } else if (review.next === 'Done') {
      await condition(allHandlersFinished);
      // No await between this look at the inbox and the return: a nudge is seen here, or starts a new run.
      if (!inbox.changedSince(mark)) return { outcome: review.outcome, summary: review.summary };
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof runReplicationRestore>(input, { view: viewOf(review, desk.wish()) });
    }
  }
}

/** Every activity ends with a new look. */
function nextLook(
  { reviewRestore, createRestoreJob, stopRestoreJobs }: RestoreActivities,
  asked: ReviewRestoreInput,
  last: RestoreReview | undefined,
): Promise<RestoreReview> {
  switch (last?.next) {
    case 'CreateJob':
      return createRestoreJob({ ...asked, step: last.step });
    case 'StopJobs':
      return stopRestoreJobs(asked);
    case 'Await':
    case 'Done':
    case undefined:
      return reviewRestore(asked);
  }
}

function timerOf({ recheckAfterMs, summary }: Extract<RestoreReview, { next: 'Await' }>) {
  if (recheckAfterMs === undefined) return undefined;
  return { timeoutMs: recheckAfterMs, summary: `look again: ${summary}`.slice(0, 180) };
}

function viewOf(review: RestoreReview, cancelled: string | undefined): RestoreView {
  const { summary, details } = review;
  return {
    phase: phaseOf(review),
    summary,
    details,
    ...(review.next === 'Await' &&
      review.recheckAfterMs !== undefined && {
        nextActionAt: toRfc3339Seconds(Date.now() + review.recheckAfterMs),
      }),
    ...(cancelled !== undefined && { cancelled }),
  };
}

function phaseOf(review: RestoreReview): RestorePhase {
  switch (review.next) {
    case 'Done':
      return review.outcome;
    case 'Await':
      return review.phase;
    case 'StopJobs':
      return 'Stopping';
    case 'CreateJob':
      return PHASE_OF_STEP[review.step];
  }
}

const PHASE_OF_STEP: Readonly<Record<RestoreJobStep, RestorePhase>> = {
  'snapshot-restore': 'SnapshotRestore',
  'log-restore': 'LogRestore',
  standard: 'Running',
  prune: 'Pruning',
};
