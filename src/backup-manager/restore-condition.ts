import { withCondition } from '../domain/conditions.js';
import { formatGoDuration } from '../domain/go-duration.js';
import type { RestoreStatus } from '../domain/replication/restore.js';
import { parseTime, toRfc3339Seconds } from '../domain/time.js';

/** What the program in a restore pod says about itself; the rest is its orchestrator's. */
export type RestoreConditionType =
  'Running' | 'Complete' | 'Failed' | 'PruneRunning' | 'PruneComplete' | 'PruneFailed';

export interface RestoreConditionUpdate {
  readonly type: RestoreConditionType;
  readonly reason?: string;
  readonly message?: string;
  readonly nowMs: number;
}

/** The status after one condition became True: the phase follows it always, as TiDB Operator has it. */
export function statusWithRestoreCondition(
  status: RestoreStatus,
  { type, nowMs, ...why }: RestoreConditionUpdate,
): RestoreStatus {
  const condition = { type, status: 'True', lastTransitionTime: toRfc3339Seconds(nowMs), ...why };
  return { ...status, phase: type, conditions: withCondition(status.conditions ?? [], condition) };
}

export interface FinishedRestore {
  /** TSO up to which the cluster's data goes; absent where BR did not say. */
  readonly commitTs: string | undefined;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** The status of a restore that succeeded. A beginning that is known already stays: it is the whole restore's. */
export function finishedRestoreStatus(
  status: RestoreStatus,
  { commitTs, startedMs, endedMs }: FinishedRestore,
): RestoreStatus {
  const beganMs = parseTime(status.timeStarted) ?? startedMs;
  const timeTaken = formatGoDuration(Math.round((endedMs - beganMs) / 1_000) * 1_000);
  return {
    ...statusWithRestoreCondition(status, { type: 'Complete', nowMs: endedMs }),
    ...(commitTs !== undefined && { commitTs }),
    timeStarted: toRfc3339Seconds(beganMs),
    timeCompleted: toRfc3339Seconds(endedMs),
    timeTaken,
  };
}
