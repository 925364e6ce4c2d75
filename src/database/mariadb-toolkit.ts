import { join } from 'node:path';
import { isolationArguments } from './server-isolation.js';
import type { Toolkit } from './toolkit.js';

/** mariadb-backup and MariaDB 10.5 to 11.x. */
export const mariadbToolkit: Toolkit = {
  name: 'mariadb-backup',
  programs: {
    backup: 'mariadb-backup',
    server: 'mariadbd',
    client: 'mariadb',
    binlog: 'mariadb-binlog',
    pageCheck: 'innochecksum',
  },
  definitionFiles: true,
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
  serverArguments: (options) => [
    '--no-defaults',
    ...isolationArguments(options),
    '--skip-feedback',
    '--wsrep-on=OFF',
    '--innodb-log-file-size=33554432',
  ],
  accountStatements: ({ admin, reader }) => [
    `CREATE OR REPLACE USER '${admin.user}'@'localhost' IDENTIFIED VIA mysql_native_password USING PASSWORD('${admin.password}');`,
    `GRANT ALL PRIVILEGES ON *.* TO '${admin.user}'@'localhost' WITH GRANT OPTION;`,
    `CREATE OR REPLACE USER '${reader.user}'@'localhost' IDENTIFIED VIA mysql_native_password USING PASSWORD('${reader.password}');`,
    `GRANT SELECT, SHOW VIEW, SHOW DATABASES ON *.* TO '${reader.user}'@'localhost';`,
  ],
  replayArguments: ({ files, startPosition, stopPosition, temporary }) => [
    '--no-defaults',
    '--disable-log-bin',
    '--verify-binlog-checksum',
    `--local-load=${temporary}`,
    `--start-position=${startPosition}`,
    ...(stopPosition === undefined ? [] : [`--stop-position=${stopPosition}`]),
    ...files,
  ],
  clientArguments: ({ socket, user }) => [
    '--no-defaults',
    `--socket=${socket}`,
    `--user=${user}`,
    '--batch',
    '--skip-column-names',
    '--skip-reconnect',
    // A binary log is input from outside: `\! command` in it must stay text.
    '--binary-mode',
    '--sandbox',
  ],
};
