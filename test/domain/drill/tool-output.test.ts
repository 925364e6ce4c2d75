import { describe, expect, test } from 'vitest';
import { hostSignIn } from '../../../src/domain/drill/host-signs.js';
import { readPageCheck } from '../../../src/domain/drill/page-check.js';
import { readPrepareLog } from '../../../src/domain/drill/prepare-log.js';
import { scanServerLog } from '../../../src/domain/drill/server-log.js';
import { judgeTableChecks } from '../../../src/domain/drill/table-check.js';
import { readTablespaceHeader } from '../../../src/domain/drill/tablespace-header.js';

/** mariadb-backup 10.11.19, a healthy backup. */
const PREPARED = `mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)
[00] 2026-11-21 19:30:39 cd to /drill/backup/
[00] 2026-11-21 19:22:25 Renaming ./shop/orders.new to ./shop/orders.ibd

[00] 2026-11-21 19:30:39 This target seems to be not prepared yet.
[00] 2026-11-21 19:30:39 innodb_data_file_path = ibdata1:12M:autoextend
2026-11-21 19:30:39 0 [Note] InnoDB: Using io_uring
2026-11-21 19:30:39 0 [Note] InnoDB: Starting crash recovery from checkpoint LSN=3087817
2026-11-21 19:30:39 0 [Note] InnoDB: End of log at LSN=3105718
2026-11-21 19:30:39 0 [Note] InnoDB: To recover: 62 pages
2026-11-21 19:30:39 0 [Note] InnoDB: Last binlog file './mysql-bin.000004', position 1268
[00] 2026-11-21 19:30:39 Last binlog file ./mysql-bin.000004, position 1268
2026-11-21 19:30:39 0 [Note] InnoDB: Starting shutdown...
recovered pages: 0% 27% 52% 79% 100% (0.0 seconds); tables to flush: 1 0
 (0.0 seconds); 
[00] 2026-11-21 19:30:39 completed OK!
`;

describe('the log of prepare', () => {
  test('of a healthy backup says that it is complete, and where the redo log ended', () => {
    expect(readPrepareLog(PREPARED)).toEqual({
      completed: true,
      endLsn: 3105718n,
      complaints: [],
      damage: [],
    });
  });

  // In the log format of docs.percona.com/percona-xtrabackup/8.0/log-enhancements.html; untested against the real tool.
  test('of xtrabackup ends in the same words', () => {
    const text = '2022-03-22T19:15:36.142247+05:30 0 [Note] [MY-011825] [Xtrabackup] completed OK!\n';
    expect(readPrepareLog(text).completed).toBe(true);
  });

  test('is not complete where anything follows, or where the words stand in the middle', () => {
    expect(readPrepareLog(`${PREPARED}Segmentation fault`).completed).toBe(false);
    expect(readPrepareLog('completed OK! of table x').completed).toBe(false);
    expect(readPrepareLog('').completed).toBe(false);
  });

  test('is quoted where it says that something is bad', () => {
    const bad =
      "2026-11-21 19:30:41 0 [ERROR] InnoDB: Failed to read page 4 from file './shop/orders.ibd': Page read from tablespace is corrupted.";
    expect(readPrepareLog(`${bad}\n${PREPARED}`).damage).toEqual([bad]);
  });
});

describe('innochecksum', () => {
  test.each([
    [
      'Fail: page::4 invalid\nExceeded the maximum allowed checksum mismatch count::1 current::0\n',
      1,
      'damaged',
    ],
    ['Error: Was not able to read the minimum page size of 1024 bytes. Bytes read was 0\n', 1, 'damaged'],
    [
      'Error: First page of the tablespace file should be 0, but encountered page number 352344320.',
      1,
      'damaged',
    ],
    ['Fail: page::4 invalid\n', 0, 'damaged'],
    ['All are zero-filled pages.', 0, 'sound'],
    ['', 0, 'sound'],
    ['', 137, 'unknown'],
  ])('%j with exit code %i: %s', (output, exitCode, state) => {
    expect(readPageCheck(exitCode, output).state).toBe(state);
  });
});

describe('the log of the server', () => {
  test('of a healthy start is clean, whatever the names of its tables', () => {
    const log = `2026-11-21 19:37:44 0 [Warning] 'user' entry 'root@vm' ignored in --skip-name-resolve mode.
2026-11-21 19:37:43 0 [Warning] WSREP: Failed to guess base node address. Set it explicitly via wsrep_node_address.
2026-11-21 19:37:43 0 [Note] InnoDB: Opened ./sys/statements_with_errors_or_warnings.frm
2026-11-21 19:37:44 0 [Note] mariadbd: ready for connections.`;
    expect(scanServerLog(log)).toEqual({ damage: [], harmless: [] });
  });

  test('tells damage from a plugin that we keep away', () => {
    const damage = "2026-11-21 19:30:41 4 [ERROR] InnoDB: File './shop/orders.ibd' is corrupted";
    const plugin =
      "2026-11-21 19:30:41 0 [ERROR] mariadbd: Can't open shared library '/drill/run/empty/ha_federatedx.so'";
    expect(scanServerLog(`${plugin}\n${damage}\n`)).toEqual({ damage: [damage], harmless: [plugin] });
  });

  test('of a server that broke down says so', () => {
    const line = '261121 19:30:41 [ERROR] mysqld got signal 11 ;';
    expect(scanServerLog(line).damage).toEqual([line]);
  });
});

describe('CHECK TABLE', () => {
  const row = (type: string, text: string) => ({ table: 'shop.orders', type, text });

  test('warns before it says Corrupt, or instead', () => {
    const btree = row('Warning', 'InnoDB: The B-tree of index customer is corrupted.');
    expect(judgeTableChecks([btree, row('error', 'Corrupt')])).toMatchObject([{ state: 'damaged' }]);
    expect(judgeTableChecks([btree, row('status', 'OK')])).toMatchObject([
      { state: 'damaged', lines: [`Warning: ${btree.text}`] },
    ]);
  });

  test.each([
    [[row('status', 'OK')], 'sound'],
    [[row('warning', "1 client is using or hasn't closed the table properly"), row('status', 'OK')], 'sound'],
    [[row('note', "The storage engine for the table doesn't support check")], 'sound'],
    [
      [row('Warning', 'InnoDB: Tablespace for table `shop`.`orders` is missing'), row('error', 'Corrupt')],
      'damaged',
    ],
    [
      [row('Error', "Table 'shop.orders' doesn't exist in engine"), row('status', 'Operation failed')],
      'damaged',
    ],
    [[row('Error', "Unknown storage engine 'FEDERATED'"), row('error', 'Corrupt')], 'remote'],
    [[row('Error', "Unknown storage engine 'ROCKSDB'"), row('error', 'Corrupt')], 'unknown'],
  ] as const)('%j: %s', (rows, state) => {
    expect(judgeTableChecks(rows)).toMatchObject([{ table: 'shop.orders', state }]);
  });

  test('keeps the rows of tables apart', () => {
    const rows = [row('error', 'Corrupt'), { table: 'shop.other', type: 'status', text: 'OK' }];
    expect(judgeTableChecks(rows).map(({ state }) => state)).toEqual(['damaged', 'sound']);
  });
});

describe('signs that the host is the reason', () => {
  test.each([
    ['mariadb-backup: Error writing file (errno: 28 "No space left on device")', 'disk-space'],
    ['InnoDB: Cannot allocate memory for the buffer pool', 'memory'],
    ['[ERROR] mariadbd: Too many open files', 'memory'],
    ['[ERROR] InnoDB: Encryption key is not found for ./ibdata1', 'encryption'],
    [
      '[ERROR] InnoDB: Unsupported redo log format. The redo log was created with MySQL 8.0.30.',
      'version-mismatch',
    ],
    ['Database page corruption on disk or a failed read of file ./shop/orders.ibd page 4', undefined],
    ['[Note] InnoDB: encryption threads 0', undefined],
  ])('%j: %s', (line, cause) => {
    expect(hostSignIn(`first\n${line}\nlast`)?.cause).toBe(cause);
  });
});

describe('the first page of a tablespace', () => {
  /** Bytes 38 to 57 of page 0 as MariaDB 10.11.19 wrote them. */
  const pageOf = (fields: { size: number; flags: number }) => {
    const page = Buffer.alloc(64);
    page.writeBigUInt64BE(3_087_000n, 16);
    page.writeUInt32BE(12, 34);
    page.writeUInt32BE(fields.size, 46);
    page.writeUInt32BE(fields.flags, 54);
    return page;
  };

  test.each([
    ['usual', 0x15, 16_384],
    ['ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8', 0x29, 8_192],
    ['PAGE_COMPRESSED', 0x35, 16_384],
  ])('tells the size of a table: %s', (_, flags, pageBytes) => {
    expect(readTablespaceHeader(pageOf({ size: 21, flags }), 16_384)).toEqual({
      pageBytes,
      sizePages: 21,
      spaceId: 12,
      lsn: 3_087_000n,
      unwritten: false,
    });
  });

  test('may never have been written: then the redo log has it', () => {
    expect(readTablespaceHeader(Buffer.alloc(64), 16_384)).toMatchObject({ unwritten: true, sizePages: 0 });
    expect(readTablespaceHeader(Buffer.alloc(63), 16_384)).toBeUndefined();
  });
});
