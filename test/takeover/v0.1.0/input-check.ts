import { ApplicationFailure } from '@temporalio/workflow';

/**
 * Any client may start a workflow with anything: an input that is none would fail the workflow's task for ever, one
 * without a cluster would wait on a task queue that nobody polls. The activities parse it in full.
 * @throws ApplicationFailure `InvalidInput` naming what is missing
 */
export function assertTextFields(input: unknown, names: readonly string[]): void {
  const fields = new Map<string, unknown>(
    typeof input === 'object' && input !== null ? Object.entries(input) : [],
  );
  const missing = names.filter((name) => typeof fields.get(name) !== 'string' || fields.get(name) === '');
  if (missing.length === 0) return;
  const message = `the input lacks ${missing.join(', ')}: each must be a non-empty string`;
  throw ApplicationFailure.nonRetryable(message, 'InvalidInput');
}
