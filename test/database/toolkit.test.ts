import { describe, expect, test } from 'vitest';
import { toolkitFor } from '../../src/database/toolkit.js';

const server = {
  data: '/drill/data',
  socket: '/drill/s/s.sock',
  pidFile: '/drill/run/server.pid',
  temporary: '/drill/run/tmp',
  empty: '/drill/run/empty',
  initFile: '/drill/run/accounts.sql',
  bufferPoolBytes: 67_108_864,
  config: new Map([['innodb_page_size', '4096']]),
  asRoot: false,
};
const isolation = [
  '--datadir=/drill/data',
  '--socket=/drill/s/s.sock',
  '--pid-file=/drill/run/server.pid',
  '--tmpdir=/drill/run/tmp',
  '--plugin-dir=/drill/run/empty',
  '--secure-file-priv=/drill/run/empty',
  '--init-file=/drill/run/accounts.sql',
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
  '--innodb-page-size=4096',
  '--innodb-buffer-pool-size=67108864',
  '--innodb-buffer-pool-load-at-startup=OFF',
  '--innodb-buffer-pool-dump-at-shutdown=OFF',
  '--innodb-flush-log-at-trx-commit=2',
];

describe.each(['mariadb-backup', 'xtrabackup'] as const)('%s', (name) => {
  const toolkit = toolkitFor(name);

  test('prepares with the configuration of the backup alone', () => {
    expect(toolkit.prepareArguments({ backup: '/drill/backup', memoryBytes: 134_217_728 })).toEqual([
      '--defaults-file=/drill/backup/backup-my.cnf',
      '--prepare',
      '--target-dir=/drill/backup',
      '--use-memory=134217728',
    ]);
  });

  test('copies back into a data folder that is always named', () => {
    const folders = { backup: '/drill/backup', data: '/drill/data' };
    expect(toolkit.copyBackArguments({ ...folders, mode: 'move' })).toEqual([
      '--no-defaults',
      '--move-back',
      '--target-dir=/drill/backup',
      '--datadir=/drill/data',
    ]);
    expect(toolkit.copyBackArguments({ ...folders, mode: 'copy' })).toContain('--copy-back');
  });

  test('replays all files in one process, from a position in the first to one in the last', () => {
    const replay = { files: ['/b/binlog.000001', '/b/binlog.000002'], startPosition: 4711, temporary: '/t' };
    const start = [
      '--no-defaults',
      '--disable-log-bin',
      '--verify-binlog-checksum',
      '--local-load=/t',
      '--start-position=4711',
    ];
    expect(toolkit.replayArguments(replay)).toEqual([...start, ...replay.files]);
    expect(toolkit.replayArguments({ ...replay, stopPosition: 815 })).toEqual([
      ...start,
      '--stop-position=815',
      ...replay.files,
    ]);
  });

  test('gives no password to any argument list', () => {
    expect(toolkit.clientArguments({ socket: '/s', user: 'u' }).join(' ')).not.toMatch(/password/);
  });
});

test('a private MariaDB server gets these arguments and no others', () => {
  expect(toolkitFor('mariadb-backup').serverArguments(server)).toEqual([
    '--no-defaults',
    ...isolation,
    '--skip-feedback',
    '--wsrep-on=OFF',
    '--innodb-log-file-size=33554432',
  ]);
  expect(toolkitFor('mariadb-backup').serverArguments({ ...server, asRoot: true })).toContain('--user=root');
});

test('a private MySQL server has no X protocol either', () => {
  expect(toolkitFor('xtrabackup').serverArguments(server)).toEqual([
    '--no-defaults',
    ...isolation.filter((argument) => argument !== '--symbolic-links=0'),
    '--mysqlx=OFF',
  ]);
});
