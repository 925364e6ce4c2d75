import { backupArguments, dataCommand, type BrArgumentsInput } from './br-arguments.js';
import { isTimestamp } from './br-flag.js';

export interface SnapshotArgumentsInput extends BrArgumentsInput {
  /** The moment that is backed up (TSO or date); absent, empty or "0" means now. */
  readonly commitTs?: string | undefined;
}

/**
 * The whole command line of BR for a snapshot backup.
 * @throws Error for a backupType that BR has no command for
 */
export function snapshotArguments(input: SnapshotArgumentsInput): string[] {
  const { spec, commitTs } = input;
  const moment = isTimestamp(commitTs) ? [`--backupts=${commitTs}`] : [];
  return ['backup', dataCommand(spec), ...moment, ...backupArguments(input)];
}
