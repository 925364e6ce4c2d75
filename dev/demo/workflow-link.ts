import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { backupWorkflowId, restoreWorkflowId } from '../../src/domain/names.js';
import type { TemporalServer } from '../stack/temporal.js';
import type { Observation } from './observation.js';

const ASK_AGAIN_MS = 150;

/** The workflow that looks after an object. */
export interface ObservedWorkflow {
  /** Name of the object. */
  readonly subject: string;
  readonly workflowType: string;
  readonly workflowId: string;
}

/** `undefined` for what has no workflow of its own. */
export function workflowOf(observation: Observation): ObservedWorkflow | undefined {
  switch (observation.kind) {
    case 'backup': {
      const { metadata } = observation.backup;
      const workflowId = backupWorkflowId(metadata);
      return { subject: metadata.name, workflowType: 'superviseBackup', workflowId };
    }
    case 'restore': {
      const { metadata } = observation.restore;
      const workflowId = restoreWorkflowId(metadata);
      return { subject: metadata.name, workflowType: 'runReplicationRestore', workflowId };
    }
    default:
      return undefined;
  }
}

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
