import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { RunReplicationRestoreInput } from '../domain/replication/restore-input.js';
import type { ByPerson, RequestResult } from '../workflows/messages.js';
import { cancelRestore } from '../workflows/restore-messages.js';
import type { runReplicationRestore } from '../workflows/run-replication-restore.js';
import { runReplicationRestoreStart } from './run-replication-restore-start.js';

/** A person's wish to end one restore early. */
export interface RestoreCancellation {
  readonly input: RunReplicationRestoreInput;
  /** Prefix of all task queues. */
  readonly taskQueue: string;
  readonly person: ByPerson;
}

/**
 * Update-with-start: whether a restore has ended is for its workflow to say.
 * @throws WorkflowUpdateFailedError whose cause has type `RequestRefused` where it has ended
 */
export async function sendCancel(
  client: Client,
  { input, taskQueue, person }: RestoreCancellation,
): Promise<{ workflowId: string; runId: string; answer: RequestResult }> {
  const start = runReplicationRestoreStart(input);
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof runReplicationRestore>(
    'runReplicationRestore',
    { ...start, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' },
  );
  const answer = await client.workflow.executeUpdateWithStart(cancelRestore, {
    args: [person],
    startWorkflowOperation,
  });
  const { workflowId } = start;
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  return { workflowId, runId, answer };
}
