import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseline as baselineSchema, type Baseline } from '../../../domain/drill/baseline.js';
import {
  checksumsComparable,
  compareTable,
  type MeasuredTable,
} from '../../../domain/drill/compare-baseline.js';
import { evidence, finding } from '../../../domain/drill/finding.js';
import type { DrillFacts, Evidence, RungFinding } from '../../../domain/drill/rung.js';
import { isSystemError } from '../../../database/process-identity.js';
import { openSession, quoteTable, type Row, type ServerSession } from '../../../database/query.js';
import { conclude, Unprovable } from '../conclude.js';
import { serverOf, type DrillServer } from '../drill-server.js';
import type { DrillSession } from '../drill-session.js';
import { inSessions, progressOf } from '../server-pool.js';

/** A query may answer no more rows than a plan can expect. */
const MAX_ROWS = 10_000;
const QUERY_TIMEOUT_SECONDS = 600;

/** Whether the content is what it was when the backup was made, and what the plan says it has to be. */
export function dataRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const baseline = await readBaseline(session);
    if (baseline === undefined && session.plan.baselineRequired) {
      throw new Unprovable(
        'unproven-bytes',
        'the plan requires a baseline, and there is no baseline.json beside the backup',
      );
    }
    const server = await serverOf(session);
    try {
      return await judge(session, { server, baseline });
    } finally {
      server.session.close();
    }
  });
}

interface DataQuestion {
  readonly server: DrillServer;
  readonly baseline: Baseline | undefined;
}

async function judge(session: DrillSession, { server, baseline }: DataQuestion): Promise<RungFinding> {
  const differences = baseline === undefined ? [] : await compare(session, { server, baseline });
  const wrong = await wrongAnswers(session, server);
  const measured = { comparedTables: baseline?.tables.length ?? 0, queries: session.plan.queries.length };
  const lines = [...differences, ...wrong];
  const warnings = baseline === undefined ? [] : positionLines(baseline, session.facts);
  if (lines.length > 0) {
    const cause = differences.length > 0 ? 'content-mismatch' : 'query-mismatch';
    const summary = `${lines.length} answers differ from what they have to be`;
    return finding({ outcome: 'failed', cause, summary, evidence: lines, warnings, measured });
  }
  const summary =
    baseline === undefined
      ? `${measured.queries} queries answered as expected; there is no baseline`
      : `${baseline.tables.length} tables, the canary and ${measured.queries} queries are as they have to be`;
  return finding({ outcome: 'passed', summary, evidence: [], warnings, measured, facts: factsOf(baseline) });
}

function factsOf(baseline: Baseline | undefined): Partial<DrillFacts> {
  if (baseline === undefined) return { baseline: 'absent' };
  return { baseline: 'verified', newestProvenMs: Date.parse(baseline.takenAt) };
}

/** A baseline of another transaction lies beside data that is too old, or too new: worth a line, proof is the content. */
function positionLines(baseline: Baseline, facts: Partial<DrillFacts>): Evidence[] {
  const { gtid = '' } = facts;
  if (baseline.gtid === '' || gtid === '' || baseline.gtid === gtid) return [];
  return [
    evidence(`the baseline was taken at ${baseline.gtid}, the backup ends at ${gtid}`, 'baseline.json'),
  ];
}

/** @throws Unprovable where there is one that nobody can read */
async function readBaseline({ folder }: DrillSession): Promise<Baseline | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder.run, 'baseline.json'), 'utf8');
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
  try {
    return baselineSchema.parse(JSON.parse(text));
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Unprovable('malformed-metadata', `baseline.json is none: ${reason}`, { cause: failure });
  }
}

async function compare(
  session: DrillSession,
  { server, baseline }: { server: DrillServer; baseline: Baseline },
): Promise<Evidence[]> {
  const [[version] = []] = await server.session.rows('SELECT VERSION()');
  const withChecksum = checksumsComparable(baseline, version ?? '');
  const found: Evidence[] = [];
  const done = progressOf(session, baseline.tables.length);
  const { signal } = session;
  await inSessions({ login: server.record.admin, signal }, baseline.tables, async (sql, expected) => {
    const measured = await measure(sql, { expected, withChecksum });
    const differences = compareTable(expected, { measured, withChecksum });
    found.push(...differences.map(({ table, text }) => evidence(text, table)));
    done();
  });
  const schemas = new Set(
    (await server.session.rows('SELECT schema_name FROM information_schema.schemata')).flat(),
  );
  const absent = baseline.schemas.filter((schema) => !schemas.has(schema));
  found.push(...absent.map((schema) => evidence('schema is not there', schema)));
  return [...found, ...(await canaryProblem(session, { server, baseline }))];
}

async function measure(
  sql: ServerSession,
  { expected, withChecksum }: { expected: Baseline['tables'][number]; withChecksum: boolean },
): Promise<MeasuredTable> {
  const table = quoteTable(expected.schema, expected.table);
  try {
    const [[rows] = []] = await sql.rows(`SELECT COUNT(*) FROM ${table}`);
    const [[, checksum] = []] = withChecksum ? await sql.rows(`CHECKSUM TABLE ${table}`) : [];
    return { rows: rows ?? undefined, checksum };
  } catch (failure) {
    if (!isServerRefusal(failure)) throw failure;
    return { refusal: failure.message };
  }
}

/** The server answered that it cannot: that is a fact about the data. A connection that broke is none. */
function isServerRefusal(failure: unknown): failure is Error {
  return failure instanceof Error && 'errno' in failure && 'sqlState' in failure;
}

async function canaryProblem(
  session: DrillSession,
  { server, baseline }: { server: DrillServer; baseline: Baseline },
): Promise<Evidence[]> {
  const { query, expected, schema, table } = baseline.canary;
  const answer = await ask(session, { server, sql: query });
  const got = typeof answer === 'string' ? answer : (answer[0]?.[0] ?? 'no row');
  return got === expected ? [] : [evidence(`canary: ${got}, expected ${expected}`, `${schema}.${table}`)];
}

async function wrongAnswers(session: DrillSession, server: DrillServer): Promise<Evidence[]> {
  const wrong: Evidence[] = [];
  for (const { name, sql, expect } of session.plan.queries) {
    const answer = await ask(session, { server, sql });
    const wanted = typeof expect === 'string' ? [[expect]] : expect;
    if (typeof answer === 'string') wrong.push(evidence(answer, name));
    else if (JSON.stringify(answer) !== JSON.stringify(wanted)) {
      wrong.push(evidence(`answered ${JSON.stringify(answer)}, expected ${JSON.stringify(wanted)}`, name));
    }
  }
  return wrong;
}

/** Text from a plan or a bucket: as the account that may only read. @returns the server's words where it refuses */
async function ask(
  { signal }: DrillSession,
  { server, sql }: { server: DrillServer; sql: string },
): Promise<readonly Row[] | string> {
  const reader = await openSession(server.record.reader, signal);
  try {
    await reader.rows(`SET SESSION sql_select_limit = ${MAX_ROWS}`);
    await limitTime(reader);
    return await reader.rows(sql);
  } catch (failure) {
    if (isServerRefusal(failure)) return failure.message;
    throw failure;
  } finally {
    reader.close();
  }
}

/** MariaDB counts in seconds, MySQL in milliseconds and under another name. */
async function limitTime(reader: ServerSession): Promise<void> {
  const [[version] = []] = await reader.rows('SELECT VERSION()');
  const isMariadb = /mariadb/i.test(version ?? '');
  const limit = isMariadb
    ? `max_statement_time = ${QUERY_TIMEOUT_SECONDS}`
    : `max_execution_time = ${QUERY_TIMEOUT_SECONDS * 1000}`;
  await reader.rows(`SET SESSION ${limit}`);
}
