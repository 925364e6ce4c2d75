import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMariadb, type MariadbServer } from '../../dev/mariadb/start-mariadb.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { isBinlogProblem, scanBinlog } from '../../src/database/binlog-scan.js';

/** One of each way to begin and to end what a server writes as one. */
const STATEMENTS = `
CREATE DATABASE shop; USE shop;
CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200)) ENGINE=InnoDB;
CREATE TABLE marks (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200)) ENGINE=MyISAM;
CREATE TABLE log_lines (note VARCHAR(200)) ENGINE=Aria TRANSACTIONAL=0;
INSERT INTO orders (note) VALUES ('one');
BEGIN; INSERT INTO orders (note) VALUES ('two'); SAVEPOINT here; INSERT INTO orders (note) VALUES ('three');
INSERT INTO marks (note) VALUES ('kept'); ROLLBACK TO here; INSERT INTO orders (note) VALUES ('four'); COMMIT;
BEGIN; INSERT INTO orders (note) VALUES ('five'); INSERT INTO marks (note) VALUES ('kept too'); ROLLBACK;
INSERT INTO marks (note) VALUES ('plain');
CREATE TABLE copied SELECT * FROM orders;
CREATE OR REPLACE TABLE copied SELECT * FROM orders;
ALTER TABLE copied ADD COLUMN more INT DEFAULT 3;
CREATE TRIGGER noted AFTER INSERT ON orders FOR EACH ROW INSERT INTO log_lines VALUES (NEW.note);
INSERT INTO orders (note) VALUES ('six');
CREATE SEQUENCE numbers; SELECT NEXTVAL(numbers);
XA START 'a'; INSERT INTO orders (note) VALUES ('seven'); XA END 'a'; XA PREPARE 'a'; XA COMMIT 'a';
XA START 'b'; INSERT INTO orders (note) VALUES ('eight'); XA END 'b'; XA PREPARE 'b'; XA ROLLBACK 'b';
XA START 'c'; INSERT INTO orders (note) VALUES ('nine'); XA END 'c'; XA COMMIT 'c' ONE PHASE;
CREATE USER someone@localhost IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO someone@localhost;
ANALYZE TABLE orders; TRUNCATE TABLE copied; DROP TABLE copied;
SET binlog_format = STATEMENT; SET @word = 'ten';
INSERT INTO orders (note) VALUES (@word); INSERT INTO orders (note) SELECT RAND();
INSERT INTO marks (note) VALUES (@word); UPDATE marks SET note = RAND();
DELETE FROM log_lines;`;

interface Written {
  readonly position: number;
  readonly type: string;
}

let group: ProcessGroup;
let server: MariadbServer;
let content: Buffer;
let events: Written[];
beforeAll(async () => {
  group = await createProcessGroup();
  server = await startMariadb(group, { extraArgs: ['--log-bin-compress=ON', '--local-infile=ON'] });
  const rows = join(group.folder, 'rows.txt');
  await writeFile(rows, 'from a file\nand another\n');
  const load = (table: string) => `LOAD DATA LOCAL INFILE '${rows}' INTO TABLE shop.${table} (note);`;
  await server.sql(`${STATEMENTS}\n${load('orders')}${load('marks')}
    INSERT INTO shop.orders (note) VALUES (REPEAT('long ', 30)), (REPEAT('long ', 30)); FLUSH BINARY LOGS`);
  content = await readFile(join(server.datadir, 'binlog.000001'));
  const shown = await server.sql("SHOW BINLOG EVENTS IN 'binlog.000001'");
  events = shown.split('\n').map((line) => {
    const [, position, type = ''] = line.split('\t');
    return { position: Number(position), type };
  });
}, 120_000);
afterAll(() => group?.stop());

/** What a scan says of the file's first bytes. */
async function scanOfFirst(bytes: number) {
  const path = join(group.folder, 'binlog.000001');
  await writeFile(path, content.subarray(0, bytes));
  return scanBinlog({ path, signal: new AbortController().signal });
}

describe('the scan of a binary log', () => {
  test('finds nothing wrong in a whole one', async () => {
    const scan = await scanOfFirst(content.length);
    expect(scan).toMatchObject({ checksums: true, sizeBytes: content.length });
    const begun = events.filter(({ type }) => type === 'Gtid');
    expect(isBinlogProblem(scan) ? 0 : scan.transactions).toBe(begun.length);
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(12);
  });

  test('names each one that was cut between two events of a transaction, and only those', async () => {
    const wholeBefore = new Set(['Gtid', 'Rotate', 'Gtid_list', 'Binlog_checkpoint', 'Format_desc']);
    const wrong: string[] = [];
    for (const { position, type } of events.slice(1)) {
      const scan = await scanOfFirst(position);
      const isNamed = isBinlogProblem(scan) && /it ends inside transaction 0-1-\d+/.test(scan.summary);
      if (isNamed === wholeBefore.has(type)) wrong.push(`before ${type} at ${position}`);
    }
    expect(wrong).toEqual([]);
  });
});
