import { readOptionLines } from './option-lines.js';

/** xtrabackup_checkpoints, or mariadb_backup_checkpoints: which part of the redo log the backup carries. */
export interface Checkpoints {
  /** As written: full-backuped, incremental, log-applied, full-prepared. */
  readonly backupType: string;
  readonly fromLsn: bigint;
  readonly toLsn: bigint;
  /** The redo log was copied up to here: the data has to reach it. */
  readonly lastLsn: bigint;
}

export type CheckpointProblem = { readonly problem: string };

/** @returns `problem` in words where a field is missing or no number, or where the order of the LSNs cannot be */
export function readCheckpoints(text: string): Checkpoints | CheckpointProblem {
  const lines = readOptionLines(text);
  const backupType = lines.get('backup_type');
  if (backupType === undefined || backupType === '') return { problem: 'no line backup_type' };
  const fromLsn = lsnOf(lines.get('from_lsn'));
  const toLsn = lsnOf(lines.get('to_lsn'));
  const lastLsn = lsnOf(lines.get('last_lsn'));
  if (fromLsn === undefined) return { problem: 'from_lsn is missing or no number' };
  if (toLsn === undefined) return { problem: 'to_lsn is missing or no number' };
  if (lastLsn === undefined) return { problem: 'last_lsn is missing or no number' };
  if (fromLsn > toLsn) return { problem: `from_lsn ${fromLsn} is above to_lsn ${toLsn}` };
  if (toLsn > lastLsn) return { problem: `to_lsn ${toLsn} is above last_lsn ${lastLsn}` };
  if (lastLsn === 0n) return { problem: 'last_lsn is 0' };
  return { backupType, fromLsn, toLsn, lastLsn };
}

/** A whole backup, as written or already prepared; increments and backups of a part cannot be restored alone. */
export function isFullBackup({ backupType, fromLsn }: Checkpoints): boolean {
  return (
    fromLsn === 0n &&
    ['full-backuped', 'full-backed-up', 'full-prepared', 'log-applied'].includes(backupType.toLowerCase())
  );
}

function lsnOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
