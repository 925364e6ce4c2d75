import { withCondition } from '../conditions.js';
import type { SettledReason } from './gate.js';
import type { RestoreCondition, RestoreStatus } from './restore.js';
import type { ReplicationStep } from './restore-step.js';

/** Conditions that are also the phase. Those of volume restores are never ours. */
export type RestoreConditionType =
  | 'Scheduled'
  | 'SnapshotRestore'
  | 'LogRestore'
  | 'Running'
  | 'Complete'
  | 'Failed'
  | 'Invalid'
  | 'PruneScheduled'
  | 'PruneRunning'
  | 'PruneComplete'
  | 'PruneFailed';

/** Conditions only, never the phase: what the gate waits for. */
export type RestoreMarker = 'SnapshotRestored' | 'CompactSettled';

/**
 * Ours: True while the restore waits for something that somebody has to bring, and gone when it does not. TiDB
 * Operator and its readers pass over a type that they do not know.
 */
export const WAITING_CONDITION = 'Waiting';

export interface RestoreConditionUpdate {
  readonly type: RestoreConditionType;
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339 UTC in whole seconds. */
  readonly now: string;
  /** Written with the condition, so that no watcher sees one without the other. */
  readonly fields?: {
    readonly replicationStep?: ReplicationStep;
    readonly timeStarted?: string;
    readonly timeCompleted?: string;
    readonly timeTaken?: string;
    readonly commitTs?: string;
  };
}

/**
 * The status after one condition became True; it is the phase too. Mirrors UpdateRestoreCondition, so that TiDB
 * Operator reads what we write as its own:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/apis/pingcap/v1alpha1/restore.go
 */
export function statusWithRestoreCondition(
  status: RestoreStatus,
  { type, reason, message, now, fields }: RestoreConditionUpdate,
): RestoreStatus {
  return {
    ...status,
    ...fields,
    phase: type,
    conditions: withCondition(status.conditions ?? [], entry({ type, reason, message, now })),
  };
}

export interface MarkerUpdate {
  readonly type: RestoreMarker;
  readonly reason: 'JobComplete' | SettledReason;
  readonly message: string;
  /** RFC 3339 UTC in whole seconds. */
  readonly now: string;
}

/** The status with a marker True; the phase stays. */
export function statusWithMarker(status: RestoreStatus, marker: MarkerUpdate): RestoreStatus {
  return { ...status, conditions: withCondition(status.conditions ?? [], entry(marker)) };
}

/**
 * The status in which the gate policy's verdict stands: `CompactSettled` False. It holds whatever happens to the
 * CompactBackup while the Jobs are stopped; readers of the marker ask for True.
 */
export function statusWithRefusal(
  status: RestoreStatus,
  refusal: { reason: SettledReason; message: string; now: string },
): RestoreStatus {
  const refused = { ...entry({ type: 'CompactSettled', ...refusal }), status: 'False' };
  return { ...status, conditions: withCondition(status.conditions ?? [], refused) };
}

/** The reason and message of `Waiting`, the Restore's or those to be written. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/** The status in which `Waiting` says what is waited for, or is gone. */
export function statusWithWaiting(
  status: RestoreStatus,
  { waiting, now }: { waiting: Waiting | undefined; now: string },
): RestoreStatus {
  const old = waitingOf(status);
  if (old?.reason === waiting?.reason && old?.message === waiting?.message) return status;
  const others = (status.conditions ?? []).filter(({ type }) => type !== WAITING_CONDITION);
  return {
    ...status,
    conditions:
      waiting === undefined ? others : [...others, entry({ type: WAITING_CONDITION, ...waiting, now })],
  };
}

/** The status without conditions of these types: a restore that starts is not Invalid any more. */
export function statusWithoutConditions(status: RestoreStatus, types: readonly string[]): RestoreStatus {
  return { ...status, conditions: (status.conditions ?? []).filter(({ type }) => !types.includes(type)) };
}

/** What the Restore says that it waits for; `undefined` where it waits for nothing in particular. */
export function waitingOf(status: RestoreStatus): Waiting | undefined {
  const found = trueRestoreCondition(status, WAITING_CONDITION);
  return found === undefined ? undefined : { reason: found.reason ?? '', message: found.message ?? '' };
}

export function trueRestoreCondition(status: RestoreStatus, type: string): RestoreCondition | undefined {
  return status.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Whether a Job of this Restore may exist: from here on it is ours to bring to an end. */
export function hasBegun(status: RestoreStatus): boolean {
  return (status.replicationStep ?? '') !== '' || trueRestoreCondition(status, 'Scheduled') !== undefined;
}

/** The verdict of the gate policy that ends this restore; `undefined` where there is none. */
export function refusalOf(status: RestoreStatus): RestoreCondition | undefined {
  return status.conditions?.find(({ type, status }) => type === 'CompactSettled' && status === 'False');
}

const SETTLED_REASONS: readonly SettledReason[] = [
  'AllShardsComplete',
  'ShardsPartialFailed',
  'CompactBackupMismatch',
  'CompactBackupWaitTimeout',
];

/** Why `CompactSettled` is True; `undefined` while it is not. A reason of another version's counts as a partial success. */
export function settledReasonOf(status: RestoreStatus): SettledReason | undefined {
  const marker = trueRestoreCondition(status, 'CompactSettled');
  if (marker === undefined) return undefined;
  return SETTLED_REASONS.find((reason) => reason === marker.reason) ?? 'ShardsPartialFailed';
}

function entry({
  type,
  reason,
  message,
  now,
}: {
  type: string;
  reason?: string | undefined;
  message?: string | undefined;
  now: string;
}): RestoreCondition {
  return {
    type,
    status: 'True',
    lastTransitionTime: now,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}
