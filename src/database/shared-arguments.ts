import { join } from 'node:path';
import type { ClientOptions, Toolkit } from './toolkit.js';

/**
 * What xtrabackup and its fork mariadb-backup, and the clients and binlog readers of MySQL and MariaDB, take alike. What
 * differs stands in the toolkits.
 */
export const sharedArguments = {
  prepareArguments: ({ backup, memoryBytes }) => [
    // Only this file, which has been checked: with --no-defaults it would work with 16 KiB pages whatever the backup has.
    `--defaults-file=${join(backup, 'backup-my.cnf')}`,
    '--prepare',
    `--target-dir=${backup}`,
    `--use-memory=${memoryBytes}`,
  ],
  copyBackArguments: ({ backup, data, mode }) => [
    '--no-defaults',
    `--${mode}-back`,
    `--target-dir=${backup}`,
    `--datadir=${data}`,
  ],
  pageCheckArguments: (file) => [file],
  replayArguments: ({ files, startPosition, stopPosition, temporary }) => [
    '--no-defaults',
    '--disable-log-bin',
    '--verify-binlog-checksum',
    `--local-load=${temporary}`,
    `--start-position=${startPosition}`,
    ...(stopPosition === undefined ? [] : [`--stop-position=${stopPosition}`]),
    ...files,
  ],
} satisfies Partial<Toolkit>;

export function sharedClientArguments({ socket, user }: ClientOptions): string[] {
  return [
    '--no-defaults',
    `--socket=${socket}`,
    `--user=${user}`,
    '--batch',
    '--skip-column-names',
    '--skip-reconnect',
    // A binary log is input from outside: `\! command` in it must stay text.
    '--binary-mode',
  ];
}
