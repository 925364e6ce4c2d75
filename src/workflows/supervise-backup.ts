/*
 * One open incident, or the first run, of one Backup:
 * 1. review: look at the live objects; record a failure, or close what ended (one activity, or the watch did it);
 * 2. wait until the retry is due; a nudge wakes it early and leads back to 1;
 * 3. restart the Job, then wait for its outcome: back to 1.
 * It ends when nothing is open. Everything it knows stands in the Backup too: losing the workflow loses nothing.
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackupActivities } from '../activities/backup/backup-activities.js';
import { taskQueues } from '../domain/names.js';
import type { IncidentOutcome, IncidentPhase, RetryReview, StartResult } from '../domain/retry/review.js';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { kubernetesActivities } from './activity-options.js';
import { openApiServerView } from './api-server-away.js';
import { openInbox, type Inbox } from './inbox.js';
import { assertTextFields } from './input-check.js';
import { openBoard, type IncidentBoard } from './incident-board.js';
import { extendBudget, resumeRetrying, retryNow, stopRetrying, type IncidentStatus } from './messages.js';
import { openRequestDesk } from './request-desk.js';

export interface SuperviseBackupResult {
  readonly outcome: IncidentOutcome;
  readonly summary: string;
}

/** What a run hands to the one that it continues as; the Backup holds the rest. */
export interface CarriedIncident {
  readonly view: IncidentStatus;
  /** The retry that is pending, with its exact time. */
  readonly retry?: RetryReview | undefined;
}

/** What each step works with; `mark` is the state of the inbox when the review began. */
interface Step {
  readonly inbox: Inbox;
  readonly board: IncidentBoard;
  readonly mark: number;
}

export async function superviseBackup(
  input: SuperviseBackupInput,
  carried?: CarriedIncident,
): Promise<SuperviseBackupResult> {
  assertTextFields(input, {
    names: ['cluster', 'clusterUid', 'namespace', 'name', 'uid'],
    updates: [retryNow, extendBudget, stopRetrying, resumeRetrying],
  });
  const inbox = openInbox();
  const apiServer = openApiServerView();
  const board = openBoard(input, { apiServer, carried: carried?.view });
  const { taskQueue } = workflowInfo();
  const activities = proxyActivities<BackupActivities>(
    kubernetesActivities(taskQueues({ prefix: taskQueue, cluster: input.cluster }).kubernetes),
  );
  const { reviewBackup, createFirstJob, restartJob } = activities;
  const desk = openRequestDesk({ input, activities, apiServer, inbox, board });
  let retry = carried?.retry;

  for (;;) {
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof superviseBackup>(input, { view: board.view(), retry });
    }
    const step: Step = { inbox, board, mark: inbox.mark() };
    // A build that did not know reviews in nudges looked for itself, and its history says so.
    const handed = inbox.takeReview();
    const review =
      handed !== undefined && patched('4-review-in-nudge')
        ? handed
        : await apiServer.call(() => reviewBackup(input));
    desk.open();
    switch (review.next) {
      case 'Done':
        await condition(allHandlersFinished);
        // No await between this look at the inbox and the return: a nudge is seen here, or starts a new run.
        if (!inbox.changedSince(step.mark)) return ended(board, review);
        break;
      case 'Await':
        await waitForOutcome(step, review);
        break;
      case 'CreateFirstJob': {
        board.show({ phase: 'Starting', summary: review.summary });
        const first = await apiServer.call(() => createFirstJob(input));
        await condition(allHandlersFinished);
        // From here on the watch looks after a healthy run, and no workflow has to.
        if (first.result === 'Started' && !inbox.changedSince(step.mark)) {
          return ended(board, { outcome: 'Started', summary: first.summary });
        }
        await afterStart(step, first);
        break;
      }
      case 'Retry': {
        retry = keepExactTime(retry, review);
        if (await nudgedBefore(step, retry)) break;
        board.show({ phase: 'Restarting', summary: `restarting the Job for retry ${retry.retryNum}` });
        const { retryNum } = retry;
        const options = { summary: `retry ${retryNum} of ${retry.maxRetries}` };
        const restart = () => restartJob.executeWithOptions(options, [{ ...input, retryNum }]);
        await afterStart(step, await apiServer.call(restart));
        break;
      }
    }
  }
}

/** The record holds whole seconds, the timer keeps the milliseconds that the first review gave. */
function keepExactTime(known: RetryReview | undefined, review: RetryReview): RetryReview {
  const sameSecond =
    known?.retryNum === review.retryNum && toRfc3339Seconds(known.dueMs) === toRfc3339Seconds(review.dueMs);
  return sameSecond ? { ...review, dueMs: Math.max(known.dueMs, review.dueMs) } : review;
}

async function nudgedBefore({ inbox, board, mark }: Step, retry: RetryReview): Promise<boolean> {
  const { retryNum, maxRetries, dueMs, summary, reason } = retry;
  board.publish({
    phase: 'Waiting',
    summary,
    lastFailure: reason,
    retryNum,
    maxRetries,
    nextActionAt: toRfc3339Seconds(dueMs),
  });
  const timer = {
    timeoutMs: dueMs - Date.now(),
    summary: `retry ${retryNum}/${maxRetries} after: ${reason}`.slice(0, 180),
  };
  return inbox.changeSince(mark, timer);
}

async function waitForOutcome(
  { inbox, board, mark }: Step,
  { summary, recheckAfterMs }: { summary: string; recheckAfterMs?: number },
): Promise<void> {
  board.show({ phase: 'Running', summary });
  await inbox.changeSince(
    mark,
    recheckAfterMs === undefined ? undefined : { timeoutMs: recheckAfterMs, summary: 'look again' },
  );
}

async function afterStart(step: Step, started: StartResult): Promise<void> {
  switch (started.result) {
    case 'Started':
      step.board.publish({ phase: 'Running', summary: `${started.summary}; waiting for its outcome` });
      await step.inbox.changeSince(step.mark);
      return;
    case 'Blocked':
      step.board.publish({ phase: 'Blocked', summary: started.summary });
      await step.inbox.changeSince(step.mark, { timeoutMs: started.recheckAfterMs, summary: 'look again' });
      return;
    case 'Superseded':
      return;
  }
}

const END_PHASE: Readonly<Record<IncidentOutcome, IncidentPhase>> = {
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Invalid: 'Invalid',
  Left: 'Left',
  Started: 'Running',
};

function ended(board: IncidentBoard, { outcome, summary }: SuperviseBackupResult): SuperviseBackupResult {
  board.publish({ phase: END_PHASE[outcome], summary });
  return { outcome, summary };
}
