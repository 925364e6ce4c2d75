import { ApplicationFailure, defineUpdate, setHandler } from '@temporalio/workflow';
import type { RetryReview } from '../domain/retry/review.js';

/**
 * Any client may start a workflow with anything: an input that is none would fail the workflow's task for ever, one
 * without a cluster would wait on a task queue that nobody polls. The activities parse it in full.
 * @param expected `updates` of the workflow: one that came with the start has to hear the same
 * @throws ApplicationFailure `InvalidInput` naming what is missing
 */
export function assertTextFields(
  input: unknown,
  { names, updates = [] }: { names: readonly string[]; updates?: readonly { readonly name: string }[] },
): void {
  const fields = new Map<string, unknown>(
    typeof input === 'object' && input !== null ? Object.entries(input) : [],
  );
  const missing = names.filter((name) => typeof fields.get(name) !== 'string' || fields.get(name) === '');
  if (missing.length === 0) return;
  const message = `the input lacks ${missing.join(', ')}: each must be a non-empty string`;
  const failure = ApplicationFailure.nonRetryable(message, 'InvalidInput');
  const refuse = (): never => {
    throw failure;
  };
  // The validator answers within this very task; after it the workflow has ended.
  for (const { name } of updates) setHandler(defineUpdate(name), refuse, { validator: refuse });
  throw failure;
}

/** Whether a nudge brought a review; any client may send anything, and what is none means "look for yourself". */
export function isRetryReview(received: unknown): received is RetryReview {
  if (typeof received !== 'object' || received === null) return false;
  const fields = new Map<string, unknown>(Object.entries(received));
  return (
    fields.get('next') === 'Retry' &&
    ['retryNum', 'maxRetries', 'dueMs'].every((name) => Number.isSafeInteger(fields.get(name))) &&
    ['reason', 'summary'].every((name) => typeof fields.get(name) === 'string')
  );
}
