import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMariadb } from '../../../../dev/mariadb/start-mariadb.js';
import { freePorts } from '../../../../dev/processes/free-ports.js';
import { climb, newSession, startDrillWorld, type DrillWorld } from './drill-world.js';

let world: DrillWorld;
beforeAll(async () => {
  world = await startDrillWorld();
});
afterAll(() => world.end());

describe('the private server', () => {
  test('reaches no other server, not even for a FEDERATED table', async () => {
    const far = await startMariadb(world.group, { name: 'far', network: 'loopback', binlog: false });
    await far.sql(`CREATE DATABASE a; CREATE TABLE a.b (id INT PRIMARY KEY); INSERT INTO a.b VALUES (1);
      CREATE USER u@'127.0.0.1' IDENTIFIED BY 'p'; GRANT ALL ON a.* TO u@'127.0.0.1'`);
    const counter = await countingProxy(far.port ?? 0);
    try {
      const { server } = world.producer;
      await server.sql(`INSTALL SONAME 'ha_federatedx'; SET SESSION sql_log_bin = 0; CREATE TABLE crm.elsewhere (id INT PRIMARY KEY) ENGINE=FEDERATED
        CONNECTION='mysql://u:p@127.0.0.1:${counter.port}/a/b'`);
      expect(await server.sql('SELECT COUNT(*) FROM crm.elsewhere')).toBe('1');
      const backup = await world.producer.takeBackup({ output: 'directory' });
      const before = counter.connections();
      expect(before).toBeGreaterThan(0);
      const session = await newSession(world, { backupFolder: backup.folder });
      await rm(join(session.folder.run, 'baseline.json'));
      const { rung, finding, findings } = await climb(session);
      expect({ rung, outcome: finding.outcome, evidence: finding.evidence }).toMatchObject({
        rung: 'data',
        outcome: 'passed',
      });
      expect(findings.tables?.warnings?.map(({ source }) => source)).toContain('crm.elsewhere');
      expect(counter.connections()).toBe(before);
    } finally {
      await counter.close();
    }
  });
});

/** A way to another server that counts who comes. */
async function countingProxy(toPort: number) {
  const [port = 0] = await freePorts(1);
  const sockets = new Set<Socket>();
  let connections = 0;
  const proxy = createServer((socket) => {
    connections += 1;
    const onward = connect(toPort, '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  return {
    port,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
