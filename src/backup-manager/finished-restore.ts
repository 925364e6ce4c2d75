import { formatGoDuration } from '../domain/go-duration.js';
import { statusWithRestoreCondition } from '../domain/replication/restore-status.js';
import type { RestoreStatus } from '../domain/replication/restore.js';
import { parseTime, toRfc3339Seconds } from '../domain/time.js';

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
  const now = toRfc3339Seconds(endedMs);
  return statusWithRestoreCondition(status, {
    type: 'Complete',
    now,
    fields: {
      ...(commitTs !== undefined && { commitTs }),
      timeStarted: toRfc3339Seconds(beganMs),
      timeCompleted: now,
      timeTaken: formatGoDuration(Math.round((endedMs - beganMs) / 1_000) * 1_000),
    },
  });
}
