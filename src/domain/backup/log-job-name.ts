import { boundedName } from '../names.js';
import type { BackupCommand } from './backup-command.js';

/**
 * `backup-<name>` for a snapshot, `backup-<name>-<sub-command>` for a log backup, as TiDB Operator names it, bounded
 * to what a Job name may be.
 */
export function logJobName(backupName: string, command: BackupCommand): string {
  return boundedName(command === 'snapshot' ? `backup-${backupName}` : `backup-${backupName}-${command}`);
}
