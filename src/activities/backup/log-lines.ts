import type { Backup } from '../../domain/backup/backup.js';
import { commandOf } from '../../domain/backup/backup-command.js';
import { lastRecord } from '../../domain/retry/read-incident.js';

/*
 * Wire contract, as docs/logs.md has it: people and their log pipelines search for these words and fields. Where a
 * field has the name of one of Temporal's, as `namespace` and `attempt` have, ours stands in the line.
 */

/** How a line about a Backup begins. */
export function subjectOf(backup: Backup): 'log backup' | 'snapshot backup' {
  return commandOf(backup) === 'snapshot' ? 'snapshot backup' : 'log backup';
}

/** Which Backup. */
export function backupFields({ metadata }: Pick<Backup, 'metadata'>): { namespace: string; backup: string } {
  return { namespace: metadata.namespace, backup: metadata.name };
}

export interface RetryFields {
  readonly namespace: string;
  readonly backup: string;
  /** Number of the retry within its incident; 0 before the first. */
  readonly attempt: number;
  /** The last failure, as its record says it. */
  readonly reason: string;
}

/** @param reason where it does not stand in the record of this retry */
export function retryFields(
  backup: Backup,
  { attempt, reason }: { attempt: number; reason?: string },
): RetryFields {
  const record = lastRecord(backup);
  const recorded = record?.retryNum === attempt ? record.originalReason : undefined;
  return { ...backupFields(backup), attempt, reason: reason ?? recorded ?? 'unknown' };
}
