import { boundedName } from '../names.js';
import type { LogSubcommand } from './log-subcommand.js';

/** `backup-<name>-<sub-command>`, as TiDB Operator names it, bounded to what a Job name may be. */
export function logJobName(backupName: string, command: LogSubcommand): string {
  return boundedName(`backup-${backupName}-${command}`);
}
