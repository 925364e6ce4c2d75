import { baseline, type Baseline } from '../../src/domain/drill/baseline.js';
import type { MariadbServer } from '../mariadb/start-mariadb.js';

const ownSchemas = "('mysql', 'sys', 'performance_schema', 'information_schema')";

/** Measures a server that nobody writes to. */
export async function measureBaseline(
  server: Pick<MariadbServer, 'sql'>,
  { gtid, canary }: Pick<Baseline, 'gtid' | 'canary'>,
): Promise<Baseline> {
  const rowsOf = async (query: string) =>
    (await server.sql(query))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  const schemas = await rowsOf(
    `SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ${ownSchemas} ORDER BY BINARY schema_name`,
  );
  const listed = await rowsOf(
    `SELECT table_schema, table_name, engine FROM information_schema.tables WHERE table_type = 'BASE TABLE'
     AND table_schema NOT IN ${ownSchemas} ORDER BY BINARY table_schema, BINARY table_name`,
  );
  const quoted = listed.map(([schema = '', table = '']) => `${quote(schema)}.${quote(table)}`);
  const counts = await rowsOf(quoted.map((table) => `SELECT COUNT(*) FROM ${table};`).join('\n'));
  const checksums = await rowsOf(`CHECKSUM TABLE ${quoted.join(', ')}`);
  const [[serverVersion, sizeBytes] = []] = await rowsOf(
    `SELECT VERSION(), SUM(data_length + index_length) FROM information_schema.tables
     WHERE table_schema NOT IN ${ownSchemas}`,
  );
  return baseline.parse({
    version: 1,
    takenAt: new Date().toISOString(),
    serverVersion,
    gtid,
    schemas: schemas.flat(),
    tables: listed.map(([schema, table, engine], index) => ({
      schema,
      table,
      engine,
      rows: Number(counts[index]?.[0]),
      checksum: checksums[index]?.[1] === 'NULL' ? null : checksums[index]?.[1],
    })),
    sizeBytes: Number(sizeBytes),
    canary,
  });
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
