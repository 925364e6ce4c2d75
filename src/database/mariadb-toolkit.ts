import { isolationArguments } from './server-isolation.js';
import { sharedArguments, sharedClientArguments } from './shared-arguments.js';
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
  ...sharedArguments,
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
  clientArguments: (options) => [...sharedClientArguments(options), '--sandbox'],
};
