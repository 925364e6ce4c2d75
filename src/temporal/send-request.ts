import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import type { RequestResult } from '../workflows/messages.js';
import type { superviseBackup } from '../workflows/supervise-backup.js';
import { superviseBackupStart } from './supervise-backup-start.js';

/** What a person asks of the workflow of one Backup. */
export interface BackupRequest {
  readonly input: SuperviseBackupInput;
  /** Prefix of all task queues. */
  readonly taskQueue: string;
  readonly update: 'retryNow' | 'extendBudget' | 'stopRetrying' | 'resumeRetrying';
  /** As `workflows/messages.ts` says for each update. */
  readonly argument: object;
}

/**
 * Update-with-start: a Backup whose incident has ended gets a new run, an open one is asked as it is.
 * @throws WorkflowUpdateFailedError whose cause has type `RequestRefused` (senseless now) or `InvalidInput`
 */
export async function sendRequest(
  client: Client,
  { input, taskQueue, update, argument }: BackupRequest,
): Promise<{ workflowId: string; runId: string; answer: RequestResult }> {
  const start = superviseBackupStart(input);
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof superviseBackup>('superviseBackup', {
    ...start,
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  const answer = await client.workflow.executeUpdateWithStart<
    typeof superviseBackup,
    RequestResult,
    [object]
  >(update, { args: [argument], startWorkflowOperation });
  const { workflowId } = start;
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  return { workflowId, runId, answer };
}
