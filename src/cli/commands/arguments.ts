import { InvalidArgumentError, Option } from 'commander';
import { parseGoDuration } from '../../domain/go-duration.js';
import { parseBackupName, type BackupName } from '../backup-name.js';

/** @throws InvalidArgumentError with the right form */
export function backupNameArgument(text: string): BackupName {
  const name = parseBackupName(text);
  if (name === undefined) {
    throw new InvalidArgumentError('Expected <namespace>/<name>, for example prod/orders.');
  }
  return name;
}

/** @throws InvalidArgumentError with the right form */
export function durationArgument(text: string): number {
  const durationMs = parseGoDuration(text);
  if (durationMs === undefined || durationMs <= 0) {
    throw new InvalidArgumentError('Expected a positive duration such as 30s, 10m or 1h30m.');
  }
  return durationMs;
}

export function outputOption(formats: readonly string[]): Option {
  return new Option('-o, --output <format>', 'how the data is printed').choices(formats).default('table');
}

/** How long `--wait` waits, milliseconds. @param shown the default as people write it: `10m` */
export function timeoutOption(shown = '10m'): Option {
  return new Option('--timeout <duration>', 'how long to wait')
    .argParser(durationArgument)
    .default(durationArgument(shown), shown);
}
