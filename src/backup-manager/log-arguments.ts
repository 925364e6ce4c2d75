import type { LogSubcommand } from '../domain/backup/log-subcommand.js';
import { backupArguments, type BrArgumentsInput } from './br-arguments.js';
import { isTimestamp } from './br-flag.js';

export interface LogArgumentsInput extends BrArgumentsInput {
  /** Name of the Backup, which is the name of BR's task. */
  readonly name: string;
  readonly command: LogSubcommand;
  /** From when on the log is kept; absent, empty or "0" means now. */
  readonly commitTs?: string | undefined;
  readonly truncateUntil?: string | undefined;
}

/**
 * The whole command line of BR for one sub-command of a log backup.
 * @throws Error for log-truncate without a point to truncate to: BR would remove everything
 */
export function logArguments(input: LogArgumentsInput): string[] {
  return ['log', ...commandArguments(input), ...backupArguments(input)];
}

/** The command line that lists this Backup's task as JSON. */
export function logStatusArguments(input: LogArgumentsInput): string[] {
  return ['log', 'status', `--task-name=${input.name}`, '--json', ...backupArguments(input)];
}

function commandArguments({ command, name, commitTs, truncateUntil }: LogArgumentsInput): string[] {
  const task = `--task-name=${name}`;
  switch (command) {
    case 'log-start':
      return ['start', task, ...(isTimestamp(commitTs) ? [`--start-ts=${commitTs}`] : [])];
    case 'log-stop':
      return ['stop', task];
    case 'log-pause':
      return ['pause', task];
    case 'log-resume':
      return ['resume', task];
    case 'log-truncate':
      if (!isTimestamp(truncateUntil)) {
        throw new Error(`log-truncate needs a timestamp, received "${truncateUntil ?? ''}"`);
      }
      return ['truncate', `--until=${truncateUntil}`];
  }
}
