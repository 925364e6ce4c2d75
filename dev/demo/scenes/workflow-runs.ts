import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { Stage } from './scene.js';

/** How long what is read may lag behind what has happened. */
const SETTLE_DEADLINE_MS = 10_000;
const ASK_AGAIN_MS = 200;

/** How one run of an object's workflow stands. */
export interface WorkflowRun {
  /** As Temporal names it: RUNNING, COMPLETED, FAILED, … */
  readonly status: string;
  /** Of a completed run. */
  readonly outcome?: string;
}

const RunResult = z.object({ outcome: z.string() });

/** Oldest run first. */
export async function workflowRuns(client: Client, workflowId: string): Promise<WorkflowRun[]> {
  const runs: (WorkflowRun & { startedMs: number })[] = [];
  for await (const { runId, status, startTime } of client.workflow.list({
    query: `WorkflowId = '${workflowId}'`,
  })) {
    const startedMs = startTime.getTime();
    const completed = status.name === 'COMPLETED';
    const result: unknown = completed ? await client.workflow.getHandle(workflowId, runId).result() : {};
    const { outcome } = RunResult.partial().parse(result);
    runs.push({ status: status.name, startedMs, ...(outcome !== undefined && { outcome }) });
  }
  return runs.sort((a, b) => a.startedMs - b.startedMs).map(({ startedMs: _sorted, ...run }) => run);
}

/** Temporal lists at least one run, and none that is open. */
export function areClosed(runs: readonly WorkflowRun[]): boolean {
  return runs.length > 0 && runs.every(({ status }) => status !== 'RUNNING');
}

/** The facts once they are settled, or as they are when it takes too long. */
export async function settledFacts<Facts>(
  { signal }: Pick<Stage, 'signal'>,
  { read, isSettled }: { read: () => Promise<Facts>; isSettled: (facts: Facts) => boolean },
): Promise<Facts> {
  let facts = await read();
  const lateMs = Date.now() + SETTLE_DEADLINE_MS;
  while (!isSettled(facts) && Date.now() < lateMs) {
    await delay(ASK_AGAIN_MS, undefined, { signal });
    facts = await read();
  }
  return facts;
}
