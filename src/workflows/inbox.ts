import { condition, setHandler } from '@temporalio/workflow';
import type { RetryReview } from '../domain/retry/review.js';
import { isRetryReview } from './input-check.js';
import { nudge } from './messages.js';

/** Counts nudges: what matters is whether one came since a review began. */
export interface Inbox {
  mark(): number;
  /** The review that the newest nudge brought, once; `undefined` where it only said "look". */
  takeReview(): RetryReview | undefined;
  /** What a nudge does, from inside. */
  wake(): void;
  /** Whether a nudge came after `mark`. */
  changedSince(mark: number): boolean;
  /** Waits for a nudge after `mark`, at most `timeoutMs`; true when one came. */
  changeSince(mark: number, timer?: { timeoutMs: number; summary: string }): Promise<boolean>;
}

/** Call it before the first await of a workflow: a signal may come with the first task. */
export function openInbox(): Inbox {
  let nudges = 0;
  let handed: RetryReview | undefined;
  const receive = (review?: unknown): void => {
    nudges += 1;
    handed = isRetryReview(review) ? review : undefined;
  };
  const wake = (): void => receive();
  setHandler(nudge, receive);
  const changedSince = (mark: number): boolean => nudges !== mark;
  return {
    mark: () => nudges,
    takeReview: () => {
      const review = handed;
      handed = undefined;
      return review;
    },
    wake,
    changedSince,
    changeSince: async (mark, timer) => {
      if (timer === undefined) {
        await condition(() => changedSince(mark));
        return true;
      }
      const { timeoutMs, summary } = timer;
      return condition(() => changedSince(mark), Math.max(1, timeoutMs), { summary });
    },
  };
}
