import type { Backup } from './backup.js';
import { currentSubcommand } from './current-subcommand.js';
import type { LogSubcommand } from './log-subcommand.js';
import { backupModeOf } from './mode.js';

/** What one Job does: take a snapshot, or one of the five things that a log backup's Job can do. */
export type BackupCommand = LogSubcommand | 'snapshot';

/** What the spec asks for now; `undefined` for an unknown sub-command and for modes that have no such Job. */
export function commandOf(backup: Backup): BackupCommand | undefined {
  const mode = backupModeOf(backup.spec);
  if ('problem' in mode || mode.mode === 'volume-snapshot') return undefined;
  return mode.mode === 'snapshot' ? 'snapshot' : currentSubcommand(backup);
}
