import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { WatchDrillPlansInput } from '../domain/drill/watch-drill-plans-input.js';
import type { WatchClusterInput } from '../domain/watch-input.js';
import type { Logger } from '../observability/logger.js';
import { openRun } from '../temporal/open-run.js';
import { waitFor } from './wait-for.js';

/** Together with the start of its activity this stays below the 15 s in which a dead watcher must be replaced. */
const LOOK_AGAIN_MS = 10_000;

/** One workflow that has to run, whichever worker starts it. */
export type WatchToKeep = {
  readonly client: Client;
  readonly workflowId: string;
  /** Of the workflow. */
  readonly taskQueue: string;
  /** `Watch of cluster eu-1`. */
  readonly summary: string;
} & (
  | { readonly workflow: 'watchCluster'; readonly input: WatchClusterInput }
  | { readonly workflow: 'watchDrillPlans'; readonly input: WatchDrillPlansInput }
);

/**
 * Makes sure, until told to end, that there is one such watch, this worker's or another's: a Temporal that lost its
 * database lost the watch with it, and a worker that goes on would never hear of anything again.
 */
export async function keepWatch(
  watch: WatchToKeep,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await waitFor(() => ensureWatch(watch), { logger, signal, what: watch.summary });
    await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined); // told to end
  }
}

async function ensureWatch(watch: WatchToKeep): Promise<void> {
  const { client, workflowId, taskQueue, summary } = watch;
  // Looking is free; a start is an action, even where it starts nothing.
  if ((await openRun(client, { workflowId })) !== undefined) return;
  await client.workflow.start(watch.workflow, {
    workflowId,
    taskQueue,
    args: [watch.input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: summary,
  });
}
