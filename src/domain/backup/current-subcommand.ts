import type { Backup, BackupStatus } from './backup.js';
import type { LogSubcommand } from './log-subcommand.js';

/**
 * The sub-command that the spec asks for now; `undefined` for an unknown word.
 * Mirrors ParseLogBackupSubcommand:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/apis/pingcap/v1alpha1/backup.go
 */
export function currentSubcommand({ spec, status }: Backup): LogSubcommand | undefined {
  const asked = askedSubcommand(spec.logSubcommand ?? '', spec.logStop === true, status.phase);
  if (asked === undefined || !isInSync(status, asked)) return asked;
  const until = spec.logTruncateUntil ?? '';
  return until !== '' && until !== status.logSuccessTruncateUntil ? 'log-truncate' : asked;
}

function askedSubcommand(
  subcommand: string,
  logStop: boolean,
  phase: string | undefined,
): LogSubcommand | undefined {
  switch (subcommand) {
    case '':
      if (logStop || phase === 'Stopped') return 'log-stop';
      return phase === 'Paused' ? 'log-resume' : 'log-start';
    case 'log-start':
      return phase === 'Paused' ? 'log-resume' : 'log-start';
    case 'log-stop':
    case 'log-pause':
      return subcommand;
    default:
      return undefined;
  }
}

/** Whether the cluster already is where the sub-command would bring it. */
export function isInSync(status: BackupStatus, command: LogSubcommand | 'snapshot'): boolean {
  switch (command) {
    case 'snapshot':
      return status.phase === 'Complete';
    case 'log-start':
      return (status.commitTs ?? '') !== '';
    case 'log-stop':
      return status.phase === 'Stopped';
    case 'log-pause':
      return status.phase === 'Paused';
    case 'log-resume':
      return status.phase === 'Running';
    case 'log-truncate':
      return false;
  }
}
