export type RestoreEventReason =
  | 'SnapshotRestoreStarted'
  | 'CompactSettled'
  | 'LogRestoreStarted'
  | 'RestoreStarted'
  | 'RestoreComplete'
  | 'CompactBackupNotFound'
  | 'GateClosed'
  | 'RestoreBlocked'
  | 'RestoreInvalid'
  | 'SnapshotRestoreFailed'
  | 'LogRestoreFailed'
  | 'RestoreFailed';

/** One Event on a Restore. `key` makes its name: the same step, repeated, writes the same Event. */
export interface RestoreEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: RestoreEventReason;
  readonly message: string;
  readonly key: string;
}
