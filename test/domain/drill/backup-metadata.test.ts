import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBackupInfo } from '../../../src/domain/drill/backup-info.js';
import { isBinlogName, readBinlogInfo } from '../../../src/domain/drill/binlog-info.js';
import { isFullBackup, readCheckpoints } from '../../../src/domain/drill/checkpoints.js';
import { readServerConfig } from '../../../src/domain/drill/server-config.js';
import {
  compareSeries,
  readServerVersion,
  versionConflict,
} from '../../../src/domain/drill/server-version.js';

/** mariadb-backup 10.11.19. */
const MARIADB_CHECKPOINTS = `backup_type = full-backuped
from_lsn = 0
to_lsn = 44878
last_lsn = 3072936
recover_binlog_info = 0
`;
/** As docs.percona.com/percona-xtrabackup/8.0/xtrabackup-files.html prints it, with the blank that is a slip there. */
const PERCONA_CHECKPOINTS = `backup_type = full-backuped
from lsn= 0
to_lsn = 15188961605
last_lsn = 15188961605
`;
/** mariadb-backup 10.11.19. */
const MARIADB_INFO = `uuid = 747a9258-e5e0-11f1-9e79-02fc00000001
name = 
tool_name = mariadb-backup
tool_command = --no-defaults --backup --target-dir=/backups/b1 -S /run/src.sock -uroot
tool_version = 10.11.19-MariaDB
ibbackup_version = 10.11.19-MariaDB
server_version = 10.11.19-MariaDB-0+deb12u1-log
start_time = 2026-11-21 19:19:19
end_time = 2026-11-21 19:19:21
lock_time = 0
binlog_pos = filename 'mysql-bin.000002', position '10310', GTID of the last change '0-62-49'
innodb_from_lsn = 0
innodb_to_lsn = 44878
partial = N
incremental = N
format = file
compressed = N
`;
/**
 * Composed after the fields that docs.percona.com/percona-xtrabackup/8.0/xtrabackup-files.html and
 * store-backup-history.html describe; nothing there prints a whole file. Untested against the real tool.
 */
const PERCONA_INFO = `uuid = b3ba2eb4-4cf3-11ee-b1a4-080027d2d0d9
name =
tool_name = xtrabackup
tool_command = --backup --target-dir=/data/backups/
tool_version = 8.0.34-29
ibbackup_version = 8.0.34-29
server_version = 8.0.34-26
start_time = 2023-09-06 12:00:00
end_time = 2023-09-06 12:00:05
lock_time = 0
binlog_pos = filename 'binlog.000042', position '157'
innodb_from_lsn = 0
innodb_to_lsn = 20114522
partial = N
incremental = N
format = file
compressed = N
encrypted = N
`;

describe('checkpoints', () => {
  test('of mariadb-backup are read', () => {
    const checkpoints = readCheckpoints(MARIADB_CHECKPOINTS);
    expect(checkpoints).toEqual({
      backupType: 'full-backuped',
      fromLsn: 0n,
      toLsn: 44878n,
      lastLsn: 3072936n,
    });
    expect('problem' in checkpoints || isFullBackup(checkpoints)).toBe(true);
  });

  test('with a blank for the underscore are read', () => {
    expect(readCheckpoints(PERCONA_CHECKPOINTS)).toMatchObject({ fromLsn: 0n, lastLsn: 15188961605n });
  });

  test.each([
    ['nothing', ''],
    ['no last_lsn', MARIADB_CHECKPOINTS.replace(/last_lsn.*/, '')],
    ['an LSN that is no number', MARIADB_CHECKPOINTS.replace('3072936', '0x1234')],
    ['an end before the beginning', MARIADB_CHECKPOINTS.replace('3072936', '12345')],
    ['a page of HTML', '<html><body>503 = Slow Down</body></html>'],
  ])('with %s are a problem', (_, text) => {
    expect(readCheckpoints(text)).toHaveProperty('problem');
  });

  test('of an increment are not those of a full backup', () => {
    const text = MARIADB_CHECKPOINTS.replace('full-backuped', 'incremental').replace(
      'from_lsn = 0',
      'from_lsn = 100',
    );
    const checkpoints = readCheckpoints(text);
    expect('problem' in checkpoints ? undefined : isFullBackup(checkpoints)).toBe(false);
  });

  test('never throw, whatever they hold', () => {
    expect(() => fc.assert(fc.property(fc.string(), (text) => void readCheckpoints(text)))).not.toThrow();
  });
});

describe('the info file', () => {
  test('tells tool and server', () => {
    expect(readBackupInfo(MARIADB_INFO)).toMatchObject({
      tool: 'mariadb-backup',
      toolVersion: '10.11.19-MariaDB',
      serverVersion: '10.11.19-MariaDB-0+deb12u1-log',
      partial: false,
      incremental: false,
    });
    expect(readBackupInfo(PERCONA_INFO)).toMatchObject({
      tool: 'xtrabackup',
      serverVersion: '8.0.34-26',
      encrypted: 'N',
    });
  });

  test('of megabytes is read up to a limit', () => {
    expect(readBackupInfo(`${'x'.repeat(2_000_000)}\n${MARIADB_INFO}`)).toHaveProperty('problem');
  });
});

describe('the position in the binary logs', () => {
  test('is file, number and GTID', () => {
    expect(readBinlogInfo('mysql-bin.000002\t10310\t0-62-49\n')).toEqual({
      file: 'mysql-bin.000002',
      position: 10310,
      gtid: '0-62-49',
    });
  });

  test('may have a GTID set over several lines', () => {
    const text =
      'binlog.000003\t157\t3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,\n4e11fa47-71ca-11e1-9e33-c80aa9429562:1-9\n';
    expect(readBinlogInfo(text)?.gtid).toBe(
      '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,4e11fa47-71ca-11e1-9e33-c80aa9429562:1-9',
    );
  });

  test('may have no GTID, and a path before the file', () => {
    expect(readBinlogInfo('/var/log/mysql/binlog.000003\t157\n')).toEqual({
      file: 'binlog.000003',
      position: 157,
      gtid: '',
    });
  });

  test.each([
    '',
    'mysql-bin.000001',
    'mysql-bin.000001\tten',
    '--host=evil.000001\t4',
    '..\t4',
    'a..000001\t4',
  ])('is none in %j', (text) => {
    expect(readBinlogInfo(text)).toBeUndefined();
  });

  test('names no file that could be an option or a path', () => {
    const harmless = (name: string) => !isBinlogName(name) || /^[A-Za-z0-9_][\w.-]*\.\d+$/.test(name);
    expect(() => fc.assert(fc.property(fc.string(), harmless))).not.toThrow();
    expect(['-r.000001', 'a/b.000001', 'a\n.000001', '..000001', '.000001'].filter(isBinlogName)).toEqual([]);
  });
});

describe('backup-my.cnf', () => {
  /** mariadb-backup 10.11.19. */
  const MARIADB_CONFIG = `# This options file was generated by innobackupex.

# The server
[mysqld]
innodb_checksum_algorithm=crc32
innodb_data_file_path=ibdata1:12M:autoextend
innodb_log_file_size=100663296
innodb_page_size=16384
innodb_undo_directory=./
innodb_undo_tablespaces=0
innodb_compression_level=6


`;
  /**
   * Composed after docs.percona.com/percona-xtrabackup/8.0/xtrabackup-files.html, which describes the file and prints
   * none. Untested against the real tool.
   */
  const PERCONA_CONFIG = `# This MySQL options file was generated by innobackupex.

# The MySQL server
[mysqld]
innodb_checksum_algorithm=crc32
innodb_log_checksums=1
innodb_data_file_path=ibdata1:12M:autoextend
innodb_log_file_size=50331648
innodb_page_size=16384
innodb_undo_directory=./
innodb_undo_tablespaces=2
server_id=1
innodb_log_checksums=ON
innodb_redo_log_encrypt=OFF
innodb_undo_log_encrypt=OFF
server_uuid=b3ba2eb4-4cf3-11ee-b1a4-080027d2d0d9
master_key_id=0
`;

  test('as the tools write it is accepted, and tells what the server needs', () => {
    const { refused, forServer } = readServerConfig(MARIADB_CONFIG);
    expect(refused).toEqual([]);
    expect([...forServer]).toEqual([
      ['innodb_data_file_path', 'ibdata1:12M:autoextend'],
      ['innodb_page_size', '16384'],
      ['innodb_undo_tablespaces', '0'],
    ]);
    expect(readServerConfig(PERCONA_CONFIG).refused).toEqual([]);
  });

  test.each([
    'plugin_load=evil=evil.so',
    'plugin-load-add=evil.so',
    'loose-innodb_page_size=16384',
    'datadir=/var/lib/mysql',
    'innodb_undo_directory=/var/lib/mysql',
    'innodb_data_file_path=/etc/x:12M',
    'innodb_data_file_path=../ibdata1:12M',
    'innodb_buffer_pool_filename=../../x',
    'innodb_page_size=16384 --plugin-dir=/tmp',
    '!include /tmp/evil.cnf',
    '!includedir /tmp',
    '[mariadb-backup]',
    'plugin_dir',
    'innodb_data_home_dir=',
  ])('with %j is refused', (line) => {
    expect(readServerConfig(`${MARIADB_CONFIG}${line}\n`).refused).toEqual([{ lineNumber: 14, line }]);
  });

  test('is refused where a carriage return would begin another line for the tool', () => {
    expect(readServerConfig('[mysqld]\rplugin_load=x\n').refused).toEqual([
      { lineNumber: 2, line: 'plugin_load=x' },
    ]);
  });
});

describe('versions', () => {
  test.each([
    ['10.11.19-MariaDB-0+deb12u1-log', 10, 11, 'mariadb'],
    ['mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)', 10, 11, 'mariadb'],
    [
      '/usr/sbin/mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)',
      10,
      11,
      'mariadb',
    ],
    [
      'xtrabackup version 8.0.34-29 based on MySQL server 8.0.34 Linux (x86_64) (revision id: 5ba706ee)',
      8,
      0,
      'mysql',
    ],
    ['8.4.0', 8, 4, 'mysql'],
  ])('are found in %j', (text, major, minor, flavor) => {
    expect(readServerVersion(text)).toMatchObject({ major, minor, flavor });
  });

  test('that are older than the server make no backup', () => {
    expect(versionConflict({ tool: '10.11.19-MariaDB', server: '11.4.5-MariaDB-log' })).toMatch(/11\.4\.5/);
    expect(versionConflict({ tool: '10.11.19-MariaDB', server: '10.11.2-MariaDB-log' })).toBeUndefined();
    expect(versionConflict({ tool: '8.0.34-29', server: '8.0.35' })).toBeUndefined();
    expect(versionConflict({ tool: 'unknown', server: '8.0.35' })).toBeUndefined();
  });

  test('compare by number, not by text', () => {
    const [older, newer] = [readServerVersion('10.6.1'), readServerVersion('10.11.1')];
    expect(older && newer && compareSeries(older, newer)).toBeLessThan(0);
  });
});
