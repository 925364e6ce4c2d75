import { availableParallelism } from 'node:os';
import { openSession, type Login, type ServerSession } from '../../database/query.js';
import { inParallel } from './in-parallel.js';
import type { DrillSession } from './drill-session.js';

/**
 * Does `work` for every item, each in one of a few sessions with the private server: as many as the host has cores.
 * @throws the first failure
 */
export async function inSessions<Item>(
  { login, signal }: { readonly login: Login; readonly signal: AbortSignal },
  items: readonly Item[],
  work: (session: ServerSession, item: Item) => Promise<void>,
): Promise<void> {
  const atOnce = Math.min(availableParallelism(), items.length);
  const idle: ServerSession[] = [];
  const all: ServerSession[] = [];
  try {
    await inParallel(items, { atOnce, signal }, async (item) => {
      const session = idle.pop() ?? (await openSession(login, signal));
      if (!all.includes(session)) all.push(session);
      await work(session, item);
      idle.push(session);
    });
  } finally {
    for (const session of all) session.close();
  }
}

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** All base tables, those of the server's own schemas too: a backup without its accounts is no backup. */
export async function listTables(sql: ServerSession): Promise<TableName[]> {
  const rows = await sql.rows(
    `SELECT table_schema, table_name FROM information_schema.tables
     WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')
       AND table_schema NOT IN ('information_schema', 'performance_schema')`,
  );
  return rows.map(([schema, table]) => ({ schema: schema ?? '', table: table ?? '' }));
}

export function tableText({ schema, table }: TableName): string {
  return `${schema}.${table}`;
}

export function progressOf(session: DrillSession, totalTables: number): () => void {
  let doneTables = 0;
  return () => session.progress({ doneTables: ++doneTables, totalTables });
}
