import { join } from 'node:path';
import { clientArgs, type MariadbServer } from '../mariadb/start-mariadb.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { waitUntil } from '../processes/readiness.js';

export interface WriteLoad {
  /** Resolves when the last transaction has been committed. */
  stop(): Promise<void>;
}

/** Two sessions that insert, update and delete until told to stop; resolves when both have begun to commit. */
export async function startWriteLoad(group: ProcessGroup, server: MariadbServer): Promise<WriteLoad> {
  const names = [`${server.name}-writer-1`, `${server.name}-writer-2`];
  const transactions = async () => Number((await server.sql('SELECT MAX(id) FROM shop.orders')).trim());
  await server.sql('UPDATE shop.writer_control SET running = TRUE');
  const before = await transactions();
  for (const name of names) {
    await group.start({
      name,
      command: join(server.tools.binDir, 'mariadb'),
      // A short pause: others need the cores of this machine too.
      args: [...clientArgs(server), '--execute=CALL shop.write_orders(0.015)'],
    });
  }
  await waitUntil({
    what: 'no writer wrote',
    timeoutMs: 30_000,
    attempt: async () => (await transactions()) > before + 16,
  });
  return {
    stop: async () => {
      await server.sql('UPDATE shop.writer_control SET running = FALSE');
      await Promise.all(names.map((name) => group.exited(name)));
    },
  };
}
