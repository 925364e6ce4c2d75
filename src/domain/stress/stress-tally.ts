import { emptyHistogram, withDuration } from './latency-histogram.js';
import { describeOperation, type StressOperation } from './stress-plan.js';
import type { StressTally } from './stress-progress.js';

/** How one operation ended. */
export type OperationEnd =
  | { readonly succeeded: true; readonly failedAttempts: number; readonly durationMs: number }
  | { readonly succeeded: false; readonly reason: string; readonly message: string };

/** Of what was not tried, because its namespace could not be created: that one is told in words. */
export const NAMESPACE_NOT_CREATED = 'NamespaceNotCreated';

/** Reasons come from servers: a table of them must not grow without a bound. */
const MAX_REASONS = 20;
const MAX_FAILURES_IN_WORDS = 20;
const MAX_MESSAGE_LENGTH = 300;

export function emptyTally(): StressTally {
  return {
    succeeded: 0,
    failed: 0,
    firstAttemptSucceeded: 0,
    retryDistribution: {},
    failedAttempts: {},
    errors: {},
    byKind: {},
    latency: emptyHistogram(),
    failures: [],
  };
}

export function withFailedAttempt(tally: StressTally, reason: string): StressTally {
  return { ...tally, failedAttempts: oneMore(tally.failedAttempts, reason) };
}

export function withEnd(tally: StressTally, operation: StressOperation, end: OperationEnd): StressTally {
  const { kind } = operation.object;
  const ofKind = tally.byKind[kind] ?? { succeeded: 0, failed: 0 };
  if (!end.succeeded) {
    return {
      ...tally,
      failed: tally.failed + 1,
      errors: oneMore(tally.errors, end.reason),
      byKind: { ...tally.byKind, [kind]: { ...ofKind, failed: ofKind.failed + 1 } },
      failures:
        end.reason === NAMESPACE_NOT_CREATED
          ? tally.failures
          : [...tally.failures, inWords(operation, end)].slice(0, MAX_FAILURES_IN_WORDS),
    };
  }
  return {
    ...tally,
    succeeded: tally.succeeded + 1,
    firstAttemptSucceeded: tally.firstAttemptSucceeded + (end.failedAttempts === 0 ? 1 : 0),
    retryDistribution: oneMore(tally.retryDistribution, String(end.failedAttempts)),
    byKind: { ...tally.byKind, [kind]: { ...ofKind, succeeded: ofKind.succeeded + 1 } },
    latency: withDuration(tally.latency, end.durationMs),
  };
}

function inWords(
  operation: StressOperation,
  { message }: { readonly message: string },
): StressTally['failures'][number] {
  return {
    operation: describeOperation(operation),
    namespace: operation.namespace,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  };
}

function oneMore(counts: Readonly<Record<string, number>>, key: string): Record<string, number> {
  const known = key in counts || Object.keys(counts).length < MAX_REASONS;
  const counted = known ? key : 'other';
  return { ...counts, [counted]: (counts[counted] ?? 0) + 1 };
}
