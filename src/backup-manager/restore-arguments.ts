import { selectStorage } from '../domain/storage-location.js';
import {
  connectionArguments,
  dataCommand,
  restoreTuningArguments,
  type BrArgumentsInput,
} from './br-arguments.js';
import { isTimestamp } from './br-flag.js';
import { replicationArguments, type ReplicationArgumentsInput } from './replication-arguments.js';
import type { BrRestoreSpec } from './br-restore-spec.js';
import { storageUrl } from './storage-arguments.js';

export interface RestoreArgumentsInput extends BrArgumentsInput {
  readonly spec: BrRestoreSpec;
  readonly mode: 'snapshot' | 'pitr';
  /** Point in time (TSO or date); absent or empty is `0`, the newest that the log holds. */
  readonly pitrRestoredTs?: string | undefined;
  /** Absent for a restore that is no half of a replication restore. */
  readonly replication?: ReplicationArgumentsInput | undefined;
}

/**
 * The whole command line of BR for a restore. What makes it a restore to a point in time, and half of a replication
 * restore, stands after `br.options`, as TiDB Operator has it.
 * @throws Error for a backupType that BR has no command for, and for a pitr without a beginning
 */
export function restoreArguments(input: RestoreArgumentsInput): string[] {
  const { mode, spec, replication } = input;
  return [
    'restore',
    mode === 'pitr' ? 'point' : dataCommand(spec),
    ...connectionArguments(input),
    ...restoreTuningArguments(input),
    ...(mode === 'pitr' ? pointArguments(input) : []),
    ...(replication === undefined ? [] : replicationArguments(replication)),
  ];
}

/**
 * The command line that removes what a failed restore left behind. BR finds the restore by its kind, its storage and
 * its time: a pitr is aborted as `point`, where TiDB Operator aborts a `full` that never ran.
 */
export function abortArguments(input: RestoreArgumentsInput): string[] {
  const isPitr = input.mode === 'pitr';
  return [
    'abort',
    'restore',
    isPitr ? 'point' : dataCommand(input.spec),
    ...connectionArguments(input),
    ...(isPitr ? pointArguments(input) : []),
  ];
}

function pointArguments({ pitrRestoredTs, spec }: RestoreArgumentsInput): string[] {
  const restoredTs = `--restored-ts=${isTimestamp(pitrRestoredTs) ? pitrRestoredTs : '0'}`;
  return [restoredTs, beginning(spec)];
}

function beginning({ pitrFullBackupStorageProvider, logRestoreStartTs = '' }: BrRestoreSpec): string {
  const full =
    pitrFullBackupStorageProvider == null ? undefined : selectStorage(pitrFullBackupStorageProvider);
  if (full !== undefined) return `--full-backup-storage=${storageUrl(full)}`;
  if (logRestoreStartTs !== '') return `--start-ts=${logRestoreStartTs}`;
  throw new Error(
    'a restore to a point in time needs spec.pitrFullBackupStorageProvider or spec.logRestoreStartTs',
  );
}
