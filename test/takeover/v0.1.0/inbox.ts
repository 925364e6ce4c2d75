import { condition, setHandler } from '@temporalio/workflow';
import { nudge } from './messages.js';

/** Counts nudges. They carry nothing: what matters is whether one came since a review began. */
export interface Inbox {
  mark(): number;
  /** Whether a nudge came after `mark`. */
  changedSince(mark: number): boolean;
  /** Waits for a nudge after `mark`, at most `timeoutMs`; true when one came. */
  changeSince(mark: number, timer?: { timeoutMs: number; summary: string }): Promise<boolean>;
}

/** Call it before the first await of a workflow: a signal may come with the first task. */
export function openInbox(): Inbox {
  let nudges = 0;
  setHandler(nudge, () => {
    nudges += 1;
  });
  const changedSince = (mark: number): boolean => nudges !== mark;
  return {
    mark: () => nudges,
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
