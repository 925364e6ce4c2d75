import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { TemporalServer } from '../stack/temporal.js';

const ASK_AGAIN_MS = 150;

/** Where the Web UI shows a workflow: its newest run. */
export function workflowUrl({ uiUrl, namespace }: TemporalServer, workflowId: string): string {
  return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

/** Waits until Temporal has a workflow of this id; `false` when `signal` came first. */
export async function workflowExists(
  client: Client,
  { workflowId, signal }: { workflowId: string; signal: AbortSignal },
): Promise<boolean> {
  const handle = client.workflow.getHandle(workflowId);
  while (!signal.aborted) {
    try {
      await handle.describe();
      return true;
    } catch (failure) {
      if (signal.aborted) return false;
      if (!(failure instanceof WorkflowNotFoundError)) throw failure;
    }
    await delay(ASK_AGAIN_MS, undefined, { signal }).catch(() => undefined); // the loop's head sees the abort
  }
  return false;
}
