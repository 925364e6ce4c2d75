import { log } from '@temporalio/activity';
import { settle } from '../../domain/stress/namespace-account.js';
import type { StressOperation, StressPlan } from '../../domain/stress/stress-plan.js';
import { EMPTY_LOG, withLine } from '../../domain/stress/stress-log.js';
import { StressProgress } from '../../domain/stress/stress-progress.js';
import {
  emptyTally,
  withEnd,
  withFailedAttempt,
  type OperationEnd,
} from '../../domain/stress/stress-tally.js';

/** The books of one run: what is under way, and what has come of the rest. */
export interface StressRun {
  /** The next operation to carry out; `undefined` when all have been handed out. */
  take(): number | undefined;
  /** Attempts of an operation that have failed so far, a former worker's included. */
  failedAttempts(index: number): number;
  noteFailedAttempt(index: number, reason: string): void;
  /** Why nothing in this namespace is to be tried. */
  lostNamespace(namespace: string): string | undefined;
  end(operation: StressOperation, end: OperationEnd): void;
  line(level: 'info' | 'warn' | 'error', text: string): void;
  progress(): StressProgress;
}

/** @param former what the last heartbeat of a worker that died carried, if any */
export function openStressRun(
  plan: StressPlan,
  { former, now }: { former: unknown; now: () => number },
): StressRun {
  let state = StressProgress.safeParse(former).data ?? firstProgress(plan, now());
  const pending = new Map(state.pending.map(({ index, failedAttempts }) => [index, failedAttempts]));
  const again = [...pending.keys()].toSorted((a, b) => a - b);
  const line: StressRun['line'] = (level, text) => {
    log[level](text);
    state = { ...state, log: withLine(state.log, text) };
  };
  return {
    take: () => {
      const index = again.shift() ?? state.next;
      if (index >= plan.operations) return undefined;
      if (index === state.next) {
        state = { ...state, next: index + 1 };
        pending.set(index, 0);
      }
      return index;
    },
    failedAttempts: (index) => pending.get(index) ?? 0,
    noteFailedAttempt: (index, reason) => {
      pending.set(index, (pending.get(index) ?? 0) + 1);
      state = { ...state, tally: withFailedAttempt(state.tally, reason) };
    },
    lostNamespace: (namespace) => state.namespaces[namespace]?.lost,
    end: (operation, end) => {
      pending.delete(operation.index);
      const { [operation.namespace]: before, ...others } = state.namespaces;
      const { account, lines } = settle(plan, before, { operation, end });
      const namespaces = account === undefined ? others : { ...others, [operation.namespace]: account };
      state = { ...state, namespaces, tally: withEnd(state.tally, operation, end) };
      for (const { level, text } of lines) line(level, text);
    },
    line,
    progress: () => ({
      ...state,
      updatedMs: now(),
      pending: [...pending].map(([index, failedAttempts]) => ({ index, failedAttempts })),
    }),
  };
}

function firstProgress({ operations }: StressPlan, nowMs: number): StressProgress {
  return {
    startedMs: nowMs,
    updatedMs: nowMs,
    operations,
    next: 0,
    pending: [],
    namespaces: {},
    tally: emptyTally(),
    log: EMPTY_LOG,
  };
}
