import { createConnection, type Connection, type FieldPacket } from 'mysql2/promise';

/** A value as the command-line client prints it. */
export type Cell = string | null;
export type Row = readonly Cell[];

export interface Login {
  readonly socket: string;
  readonly user: string;
  readonly password: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** One session with the private server, over its socket. Every value is text. */
export interface ServerSession {
  /**
   * Runs one statement.
   * @throws Error with the server's words where it refuses, or where the connection is lost
   */
  readonly rows: (sql: string, parameters?: readonly string[]) => Promise<readonly Row[]>;
  readonly close: () => void;
}

/**
 * @param signal ends the session at once, also in the middle of a statement
 * @throws Error where the server does not answer
 */
export async function openSession(login: Login, signal: AbortSignal): Promise<ServerSession> {
  signal.throwIfAborted();
  const connection = await createConnection({
    socketPath: login.socket,
    user: login.user,
    password: login.password,
    charset: 'utf8mb4',
    connectTimeout: CONNECT_TIMEOUT_MS,
    rowsAsArray: true,
    multipleStatements: false,
    // A server must not be able to ask us for files.
    flags: ['-LOCAL_FILES'],
    typeCast: (field) => field.string('utf8'),
  });
  // What goes wrong later is reported by the statement that meets it.
  connection.on('error', () => undefined);
  const abort = () => connection.destroy();
  signal.addEventListener('abort', abort, { once: true });
  return {
    rows: (sql, parameters = []) => rowsOf(connection, { sql, parameters, signal }),
    close: () => {
      signal.removeEventListener('abort', abort);
      connection.destroy();
    },
  };
}

interface Statement {
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly signal: AbortSignal;
}

async function rowsOf(
  connection: Connection,
  { sql, parameters, signal }: Statement,
): Promise<readonly Row[]> {
  try {
    const [rows]: [unknown, FieldPacket[]] = await connection.query({ sql, values: [...parameters] });
    return Array.isArray(rows) ? rows.map(rowOf) : [];
  } catch (failure) {
    signal.throwIfAborted();
    throw failure;
  }
}

function rowOf(row: unknown): Row {
  if (!Array.isArray(row)) return [];
  return row.map((cell: unknown) => (typeof cell === 'string' ? cell : null));
}

/** Quotes a name from the database for use in a statement. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function quoteTable(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
