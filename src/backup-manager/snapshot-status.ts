import type { BackupStatus } from '../domain/backup/backup.js';
import { statusWithLogCondition, type LogConditionType } from '../domain/backup/log-status.js';
import { formatGoDuration } from '../domain/go-duration.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { readableSize } from './readable-size.js';
import { statusWithoutProgress } from './observed-progress.js';

export interface SnapshotConditionUpdate {
  readonly type: LogConditionType;
  readonly reason?: string;
  readonly message?: string;
  readonly nowMs: number;
}

/** The status after one condition of a snapshot became True. */
export function statusWithSnapshotCondition(
  status: BackupStatus,
  { nowMs, ...update }: SnapshotConditionUpdate,
): BackupStatus {
  return statusWithLogCondition(status, { command: 'snapshot', now: toRfc3339Seconds(nowMs), ...update });
}

/**
 * The status when a pod begins. Where an earlier one got to work before, condition Restart says so, as TiDB Operator's
 * manager does; it is never the phase.
 */
export function preparedSnapshotStatus(
  status: BackupStatus,
  { path: backupPath, nowMs }: { path: string; nowMs: number },
): BackupStatus {
  const now = toRfc3339Seconds(nowMs);
  const worked = status.phase === 'Prepare' || status.phase === 'Running';
  const begun = worked ? statusWithSnapshotCondition(status, { type: 'Restart', nowMs }) : status;
  const fields = { backupPath };
  return statusWithLogCondition(statusWithoutProgress(begun), {
    command: 'snapshot',
    type: 'Prepare',
    now,
    fields,
  });
}

export interface FinishedSnapshot {
  /** TSO of the snapshot; absent where BR did not say. */
  readonly commitTs: string | undefined;
  readonly sizeBytes: number | undefined;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** The status of a snapshot that succeeded. */
export function finishedSnapshotStatus(
  status: BackupStatus,
  { commitTs, sizeBytes, startedMs, endedMs }: FinishedSnapshot,
): BackupStatus {
  const timeCompleted = toRfc3339Seconds(endedMs);
  const complete = statusWithLogCondition(status, {
    command: 'snapshot',
    type: 'Complete',
    now: timeCompleted,
    fields: {
      timeStarted: toRfc3339Seconds(startedMs),
      timeCompleted,
      ...(commitTs !== undefined && { commitTs }),
    },
  });
  return {
    ...complete,
    timeTaken: formatGoDuration(Math.round((endedMs - startedMs) / 1_000) * 1_000),
    ...(sizeBytes !== undefined && { backupSize: sizeBytes, backupSizeReadable: readableSize(sizeBytes) }),
  };
}
