import { isolationArguments } from './server-isolation.js';
import { sharedArguments, sharedClientArguments } from './shared-arguments.js';
import type { Toolkit } from './toolkit.js';

/**
 * Percona XtraBackup 8.0 and 8.4 with MySQL or Percona Server. Untested against the real tools: written after Percona's
 * and MySQL's documentation.
 */
export const xtrabackupToolkit: Toolkit = {
  name: 'xtrabackup',
  programs: {
    backup: 'xtrabackup',
    server: 'mysqld',
    client: 'mysql',
    binlog: 'mysqlbinlog',
    pageCheck: 'innochecksum',
  },
  definitionFiles: false,
  ...sharedArguments,
  serverArguments: (options) => [
    '--no-defaults',
    ...isolationArguments(options).filter((argument) => argument !== '--symbolic-links=0'),
    '--mysqlx=OFF',
  ],
  accountStatements: ({ admin, reader }) => [
    `DROP USER IF EXISTS '${admin.user}'@'localhost', '${reader.user}'@'localhost';`,
    `CREATE USER '${admin.user}'@'localhost' IDENTIFIED BY '${admin.password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO '${admin.user}'@'localhost' WITH GRANT OPTION;`,
    `CREATE USER '${reader.user}'@'localhost' IDENTIFIED BY '${reader.password}';`,
    `GRANT SELECT, SHOW VIEW, SHOW DATABASES ON *.* TO '${reader.user}'@'localhost';`,
  ],
  clientArguments: sharedClientArguments,
};
