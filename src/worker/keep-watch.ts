import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { watchWorkflowId } from '../domain/names.js';
import type { Logger } from '../observability/logger.js';
import type { watchCluster } from '../workflows/watch-cluster.js';
import { waitFor } from './wait-for.js';

/** Together with the start of its activity this stays below the 15 s in which a dead watcher must be replaced. */
const LOOK_AGAIN_MS = 10_000;

export interface WatchQuestion {
  readonly client: Client;
  readonly cluster: string;
  readonly clusterUid: string;
  /** Of the workflow. */
  readonly taskQueue: string;
}

/**
 * Makes sure, until told to end, that there is one watch for the cluster, this worker's or another's: a Temporal that
 * lost its database lost the watch with it, and a worker that goes on would never hear of a Backup again.
 */
export async function keepWatch(
  question: WatchQuestion,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  const what = `watch of cluster ${question.cluster}`;
  while (!signal.aborted) {
    await waitFor(() => ensureWatch(question), { logger, signal, what });
    await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined); // told to end
  }
}

async function ensureWatch(question: WatchQuestion): Promise<void> {
  const { client, cluster, clusterUid, taskQueue } = question;
  const workflowId = watchWorkflowId(cluster);
  // Looking is free; a start is an action, even where it starts nothing.
  if (await isRunning(client, workflowId)) return;
  await client.workflow.start<typeof watchCluster>('watchCluster', {
    workflowId,
    taskQueue,
    args: [{ cluster, clusterUid }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Watch of cluster ${cluster}`,
  });
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (failure) {
    if (failure instanceof WorkflowNotFoundError) return false;
    throw failure;
  }
}
