import { setTimeout as delay } from 'node:timers/promises';
import { watchWorkflowId } from '../../src/domain/names.js';
import { usageOf } from '../process-usage.js';
import { countWritesOf } from '../audit-log.js';
import type { BenchWorld } from './bench-world.js';

const IDLE_MS = 30_000;

export interface Idleness {
  readonly seconds: number;
  /** Write requests of the worker in that time. */
  readonly apiWrites: number;
  /** Events that Temporal added to the history of the watch, and open workflows of Backups, together. */
  readonly temporalActions: number;
  readonly workerCpuPercent: number;
  readonly workerRssMiB: number;
}

/** Lets time pass over healthy Backups: nothing may happen. */
export async function measureIdle(world: BenchWorld): Promise<Idleness> {
  const watch = world.temporal.workflow.getHandle(watchWorkflowId(world.cluster));
  const pid = world.stack.group.pid('worker');
  const before = await Promise.all([countWorkerWrites(world), watch.describe(), usageOf(pid)]);
  await delay(IDLE_MS);
  const after = await Promise.all([countWorkerWrites(world), watch.describe(), usageOf(pid)]);
  const open = await world.temporal.workflow.count(
    `ExecutionStatus = 'Running' AND WorkflowType = 'superviseBackup'`,
  );
  return {
    seconds: IDLE_MS / 1_000,
    apiWrites: after[0] - before[0],
    temporalActions: after[1].historyLength - before[1].historyLength + open.count,
    workerCpuPercent: (100 * (after[2].cpuMs - before[2].cpuMs)) / IDLE_MS,
    workerRssMiB: after[2].rssMiB,
  };
}

function countWorkerWrites({ stack, workerUser }: BenchWorld): Promise<number> {
  return countWritesOf(workerUser, stack.controlPlane.auditLog);
}
