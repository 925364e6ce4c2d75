import { WorkflowNotFoundError, type Client } from '@temporalio/client';

export interface OpenRun {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * The run, where it is open; `undefined` where it has ended, or Temporal does not know it.
 * @param workflow without `runId` its newest run is meant
 */
export async function openRun(
  client: Client,
  { workflowId, runId: asked }: { readonly workflowId: string; readonly runId?: string },
): Promise<OpenRun | undefined> {
  try {
    const { status, runId } = await client.workflow.getHandle(workflowId, asked).describe();
    return status.name === 'RUNNING' ? { workflowId, runId } : undefined;
  } catch (failure) {
    if (failure instanceof WorkflowNotFoundError) return undefined;
    throw failure;
  }
}
