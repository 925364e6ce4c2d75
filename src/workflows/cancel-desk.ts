import { ApplicationFailure, condition, setHandler, type CancellationScope } from '@temporalio/workflow';
import type { RestoreReview } from '../domain/replication/restore-review.js';
import { toRfc3339Seconds } from '../domain/time.js';
import type { Inbox } from './inbox.js';
import type { ByPerson } from './messages.js';
import { parseCancel } from './request-check.js';
import { cancelRestore } from './restore-messages.js';

/** Where the wish to end a restore early comes in: the update `cancel`, or a cancellation of the workflow itself. */
export interface CancelDesk {
  /** Who asked for it, and why; `undefined` while nobody did. */
  wish(): string | undefined;
  /** Tells what a review said that was asked with this wish. */
  hear(review: RestoreReview, asked: string | undefined): void;
}

interface Desk {
  readonly inbox: Inbox;
  /** The scope of the whole workflow. */
  readonly workflow: CancellationScope;
  /** The wish that the run before this one heard. */
  readonly carried: string | undefined;
}

/** Call it before the first await of the workflow. */
export function openCancelDesk({ inbox, workflow, carried }: Desk): CancelDesk {
  let wish = carried;
  let heard: { review: RestoreReview; asked: string | undefined } | undefined;
  const ask = (text: string): void => {
    wish ??= text;
    inbox.wake();
  };
  setHandler(
    cancelRestore,
    async (person) => {
      // What has ended cannot be ended early: the first look tells.
      await condition(() => heard !== undefined);
      if (heard?.review.next === 'Done') throw hasEnded(heard.review);
      ask(textOf(parseCancel(person)));
      await condition(() => heard?.asked !== undefined);
      return { summary: heard?.review.summary ?? '', at: toRfc3339Seconds(Date.now()) };
    },
    { validator: (person) => void parseCancel(person) },
  );
  void workflow.cancelRequested.catch(() => ask('the workflow was cancelled'));
  return {
    wish: () => wish,
    hear: (review, asked) => {
      heard = { review, asked };
    },
  };
}

function hasEnded({ summary }: RestoreReview): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`the restore has ended: ${summary}`, 'RequestRefused');
}

function textOf({ by, note }: ByPerson): string {
  return `cancelled by ${by ?? '(unnamed)'}${note === undefined ? '' : `: ${note}`}`;
}
