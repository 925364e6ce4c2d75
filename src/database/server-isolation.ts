import type { ServerOptions } from './toolkit.js';

/**
 * What keeps the private server to itself, in the spelling that MariaDB and MySQL share: no network in, nothing that
 * reaches out (replication, events, plugins with engines of other servers), no file outside of its folders.
 */
export function isolationArguments(options: ServerOptions): string[] {
  return [
    `--datadir=${options.data}`,
    `--socket=${options.socket}`,
    `--pid-file=${options.pidFile}`,
    `--tmpdir=${options.temporary}`,
    `--plugin-dir=${options.empty}`,
    `--secure-file-priv=${options.empty}`,
    `--init-file=${options.initFile}`,
    ...(options.asRoot ? ['--user=root'] : []),
    '--skip-networking',
    '--skip-name-resolve',
    '--event-scheduler=OFF',
    '--read-only=1',
    '--skip-slave-start',
    '--skip-log-bin',
    '--local-infile=0',
    '--symbolic-links=0',
    '--performance-schema=OFF',
    '--general-log=0',
    '--slow-query-log=0',
    ...[...options.config].map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`),
    `--innodb-buffer-pool-size=${options.bufferPoolBytes}`,
    '--innodb-buffer-pool-load-at-startup=OFF',
    '--innodb-buffer-pool-dump-at-shutdown=OFF',
    // A scratch copy: nothing has to survive a crash of the host.
    '--innodb-flush-log-at-trx-commit=2',
  ];
}
