import type { MariadbServer } from '../mariadb/start-mariadb.js';

/** How much is in it. At the default size one backup is about 25 MB, most of it the server's own. */
export interface SampleSize {
  orders: number;
  attachments: number;
}

/**
 * A database with what makes restores go wrong: partitions, compressed tables and pages, big blobs, names beyond ASCII,
 * foreign keys, a full-text index, tables without transactions, empty tables, an empty schema, a view, and an event
 * that would destroy data on a server whose event scheduler runs.
 */
export async function createSampleDatabase(
  server: MariadbServer,
  size: SampleSize = { orders: 1_200, attachments: 8 },
): Promise<void> {
  await server.sql(`
CREATE DATABASE shop; CREATE DATABASE crm; CREATE DATABASE empty_schema; USE shop;
CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(80) NOT NULL, notes TEXT,
  balance DECIMAL(12,2) NOT NULL DEFAULT 0, seen DATETIME(6), label VARCHAR(90) AS (CONCAT('c-', name)) STORED,
  FULLTEXT KEY (notes));
CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, placed DATETIME(3) NOT NULL,
  total DECIMAL(12,2) NOT NULL, details JSON, padding VARBINARY(400), KEY (placed),
  FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE orders_archive LIKE orders;
CREATE TABLE order_items (order_id INT NOT NULL, line INT NOT NULL, sku CHAR(12) NOT NULL, quantity INT NOT NULL,
  PRIMARY KEY (order_id, line), KEY (sku));
CREATE TABLE payments (id BIGINT NOT NULL, paid DATETIME NOT NULL, amount DECIMAL(12,2), PRIMARY KEY (id))
  PARTITION BY HASH (id) PARTITIONS 4;
CREATE TABLE audit_log (id INT PRIMARY KEY AUTO_INCREMENT, line VARCHAR(300)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8;
CREATE TABLE page_compressed (id INT PRIMARY KEY, text VARCHAR(300)) PAGE_COMPRESSED=1;
CREATE TABLE attachments (id INT PRIMARY KEY, content LONGBLOB NOT NULL);
CREATE TABLE \`Übersicht 日本\` (id INT PRIMARY KEY, \`größe\` VARCHAR(40));
CREATE TABLE notes_live (id INT PRIMARY KEY, text VARCHAR(120));
CREATE TABLE nothing_here (id INT PRIMARY KEY, text VARCHAR(10));
CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(200)) ENGINE=Aria;
CREATE TABLE legacy (id INT PRIMARY KEY, text VARCHAR(200)) ENGINE=MyISAM;
CREATE TABLE canary (backup_id VARCHAR(40) PRIMARY KEY, token CHAR(36) NOT NULL);
CREATE TABLE writer_control (running BOOLEAN NOT NULL);
CREATE TABLE crm.contacts (id INT PRIMARY KEY AUTO_INCREMENT, mail VARCHAR(120) UNIQUE);
CREATE VIEW open_orders AS SELECT id, total FROM orders WHERE total > 0;
CREATE EVENT purge_archive ON SCHEDULE EVERY 1 SECOND DO DELETE FROM shop.orders_archive;
INSERT INTO writer_control VALUES (FALSE);
INSERT INTO customers (name, notes, balance, seen)
  SELECT CONCAT('Kundin Nº ', seq), CONCAT('prefers parcel ', seq MOD 7, ' äöü'), seq, NOW(6) FROM seq_1_to_500;
INSERT INTO orders (customer_id, placed, total, details, padding)
  SELECT 1 + seq MOD 500, NOW(3), seq / 7, JSON_OBJECT('n', seq), RANDOM_BYTES(300) FROM seq_1_to_${size.orders};
INSERT INTO orders_archive SELECT * FROM orders WHERE id MOD 2 = 0;
INSERT INTO order_items SELECT 1 + seq DIV 3, seq MOD 3, CONCAT('sku-', seq MOD 97), 1 + seq MOD 5
  FROM seq_0_to_${size.orders * 3 - 1};
INSERT INTO payments SELECT seq, NOW(), seq / 3 FROM seq_1_to_${size.orders};
INSERT INTO audit_log (line) SELECT CONCAT(REPEAT('did something ', 12), seq) FROM seq_1_to_${size.orders};
INSERT INTO page_compressed SELECT seq, REPEAT('compressible ', 20) FROM seq_1_to_900;
INSERT INTO attachments SELECT seq, REPEAT(RANDOM_BYTES(1024), 100 + seq * 8) FROM seq_1_to_${size.attachments};
INSERT INTO \`Übersicht 日本\` SELECT seq, CONCAT('größe ', seq) FROM seq_1_to_300;
INSERT INTO notes SELECT seq, CONCAT('note ', seq) FROM seq_1_to_2000;
INSERT INTO legacy SELECT seq, CONCAT('old ', seq) FROM seq_1_to_2000;
INSERT INTO crm.contacts (mail) SELECT CONCAT('person', seq, '@example.com') FROM seq_1_to_400;
DELIMITER //
CREATE PROCEDURE write_orders(IN pause_seconds DOUBLE)
BEGIN
  DECLARE CONTINUE HANDLER FOR 1205, 1213 ROLLBACK;
  WHILE (SELECT running FROM writer_control) DO
    START TRANSACTION;
    INSERT INTO orders (customer_id, placed, total, details, padding)
      SELECT 1 + seq, NOW(3), RAND() * 100, JSON_OBJECT('live', seq), RANDOM_BYTES(300) FROM seq_0_to_3;
    SET @last_order = LAST_INSERT_ID();
    INSERT INTO order_items SELECT @last_order, 10 + seq, 'sku-live', 1 FROM seq_1_to_3;
    SET @customer = FLOOR(1 + RAND() * 500);
    UPDATE customers SET balance = balance + 1, seen = NOW(6) WHERE id = @customer;
    INSERT INTO audit_log (line) VALUES (CONCAT('order ', @last_order));
    DELETE FROM notes_live WHERE id + 50 < @last_order;
    DELETE FROM orders WHERE id + 4000 < @last_order;
    DELETE FROM order_items WHERE order_id + 4000 < @last_order;
    DELETE FROM audit_log WHERE id + 3000 < LAST_INSERT_ID();
    INSERT IGNORE INTO notes_live VALUES (@last_order, REPEAT('note ', 20));
    COMMIT;
    DO SLEEP(pause_seconds);
  END WHILE;
END //
DELIMITER ;
`);
}
