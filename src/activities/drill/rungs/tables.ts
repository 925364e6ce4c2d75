import { evidence, finding } from '../../../domain/drill/finding.js';
import type { Evidence, RungFinding } from '../../../domain/drill/rung.js';
import { judgeTableChecks, type CheckRow, type TableCheck } from '../../../domain/drill/table-check.js';
import { isRunning } from '../../../database/process-identity.js';
import { quoteTable, type ServerSession } from '../../../database/query.js';
import { listFiles } from '../backup-files.js';
import { conclude } from '../conclude.js';
import { damageInServerLog, serverOf, type DrillServer } from '../drill-server.js';
import { toolkitOf } from '../drill-tools.js';
import type { DrillSession } from '../drill-session.js';
import { inSessions, listTables, progressOf, tableText, type TableName } from '../server-pool.js';

/** Every table by CHECK TABLE, its rows and not its exit code; then the log of the server; then what the plan requires. */
export function tablesRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const server = await serverOf(session);
    try {
      const tables = await listTables(server.session);
      const checks = await checkTables(session, { server, tables });
      if ('outcome' in checks) return checks;
      return await judge(session, { server, tables, checks });
    } finally {
      server.session.close();
    }
  });
}

interface CheckedTables {
  readonly server: DrillServer;
  readonly tables: readonly TableName[];
  readonly checks: readonly TableCheck[];
}

async function checkTables(
  session: DrillSession,
  { server, tables }: Omit<CheckedTables, 'checks'>,
): Promise<TableCheck[] | RungFinding> {
  const checks: TableCheck[] = [];
  const done = progressOf(session, tables.length);
  let current = '';
  try {
    await inSessions({ login: server.record.admin, signal: session.signal }, tables, async (sql, table) => {
      current = tableText(table);
      checks.push(...(await checkTable(sql, table)));
      done();
    });
  } catch (failure) {
    session.signal.throwIfAborted();
    const lines = await damageInServerLog(session);
    // Ended from outside: the next attempt starts it again.
    if (lines.length === 0 || (await isRunning(server.record))) throw failure;
    return brokenDown(current, lines);
  }
  return checks;
}

/** What the server refuses to check at all is told as one of its rows. */
async function checkTable(sql: ServerSession, table: TableName): Promise<TableCheck[]> {
  const rows = await sql.rows(`CHECK TABLE ${quoteTable(table.schema, table.table)}`);
  const name = tableText(table);
  return judgeTableChecks(
    rows.map(([, , type, text]): CheckRow => ({ table: name, type: type ?? '', text: text ?? '' })),
  );
}

function brokenDown(table: string, lines: readonly string[]): RungFinding {
  return finding({
    outcome: 'failed',
    cause: 'table-corruption',
    summary: `the server broke down while it checked ${table} or a table beside it`,
    evidence: lines.map((line) => evidence(line, 'server.log')),
  });
}

async function judge(session: DrillSession, { tables, checks }: CheckedTables): Promise<RungFinding> {
  const of = (state: TableCheck['state']) => checks.filter((check) => check.state === state).flatMap(linesOf);
  const measured = { tables: tables.length };
  const warnings = [...of('remote'), ...of('sound')];
  const damaged = of('damaged');
  const logged = (await damageInServerLog(session)).map((line) => evidence(line, 'server.log'));
  if (damaged.length + logged.length > 0) {
    const count = checks.filter(({ state }) => state === 'damaged').length;
    const summary = count > 0 ? `${count} of ${tables.length} tables are damaged` : 'the server found damage';
    const lines = [...damaged, ...logged];
    return finding({
      outcome: 'failed',
      cause: 'table-corruption',
      summary,
      evidence: lines,
      warnings,
      measured,
    });
  }
  const absent = [...(await absentTables(session, tables)), ...(await undefinedTables(session))];
  if (absent.length > 0) {
    const summary = `${absent.length} tables or schemas are missing`;
    return finding({
      outcome: 'failed',
      cause: 'missing-table',
      summary,
      evidence: absent,
      warnings,
      measured,
    });
  }
  const unknown = of('unknown');
  if (unknown.length > 0) {
    const summary = `${unknown.length} tables could not be checked`;
    return finding({
      outcome: 'inconclusive',
      cause: 'unsupported',
      summary,
      evidence: unknown,
      warnings,
      measured,
    });
  }
  return finding({
    outcome: 'passed',
    summary: `all ${tables.length} tables are sound`,
    evidence: [],
    warnings,
    measured,
  });
}

function linesOf({ table, lines }: TableCheck): Evidence[] {
  return lines.map((line) => evidence(`CHECK TABLE: ${line}`, table));
}

async function absentTables(session: DrillSession, tables: readonly TableName[]): Promise<Evidence[]> {
  const { required } = session.plan;
  const there = new Set(tables.map(tableText));
  const server = await serverOf(session);
  const schemas = new Set(
    (await server.session.rows('SELECT schema_name FROM information_schema.schemata')).flat(),
  );
  server.session.close();
  return [
    ...required.schemas
      .filter((schema) => !schemas.has(schema))
      .map((schema) => evidence('required schema is not there', schema)),
    ...required.tables
      .filter((table) => !there.has(table))
      .map((table) => evidence('required table is not there', table)),
  ];
}

/** A tablespace without its definition is a table that no statement of the server ever mentions. */
async function undefinedTables(session: DrillSession): Promise<Evidence[]> {
  if (!toolkitOf(session).definitionFiles) return [];
  const files = new Set((await listFiles(session.folder.data)).map(({ path }) => path));
  return [...files]
    .filter((path) => path.endsWith('.ibd') && !isInternal(path))
    .filter((path) => !files.has(`${path.replace(/(#[Pp]#.*)?\.ibd$/, '')}.frm`))
    .map((path) =>
      evidence('a tablespace without a definition (.frm): the server does not know the table', path),
    );
}

/** Full-text indexes have tables of their own; `#sql` are left by an ALTER TABLE that was under way. */
function isInternal(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.startsWith('FTS_') || name.startsWith('#sql');
}
