import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Backup } from '../../src/domain/backup/backup.js';
import { backupWorkflowId } from '../../src/domain/names.js';
import type { TemporalServer } from '../stack/temporal.js';

const ASK_AGAIN_MS = 150;

/** Where the Web UI shows the workflow of a Backup: its newest run. */
export function workflowUrl({ uiUrl, namespace }: TemporalServer, { metadata }: Backup): string {
  return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(backupWorkflowId(metadata))}`;
}

/** Waits until Temporal has a workflow for a Backup; `false` when `signal` came first. */
export async function workflowExists(
  client: Client,
  { backup, signal }: { backup: Backup; signal: AbortSignal },
): Promise<boolean> {
  const handle = client.workflow.getHandle(backupWorkflowId(backup.metadata));
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
