/** One row of `CHECK TABLE`, as the server gives it. */
export interface CheckRow {
  readonly table: string;
  readonly type: string;
  readonly text: string;
}

export interface TableCheck {
  readonly table: string;
  /**
   * `damaged`: proven. `unknown`: the server could not look. `remote`: the data lies on another server, and is not part
   * of the backup.
   */
  readonly state: 'sound' | 'damaged' | 'unknown' | 'remote';
  /** What the server said; absent where it is sound and said nothing else. */
  readonly lines: readonly string[];
}

const REMOTE_ENGINE = /Unknown storage engine '(FEDERATED|SPIDER|CONNECT|SPHINX|OQGRAPH|BLACKHOLE)'/i;
const CANNOT_LOOK =
  /Unknown storage engine|is encrypted|encryption|cannot be decrypted|rebuild required|upgrade required|Error on .*no space|errno: 28|errno: 24|Lock wait timeout|execution was interrupted/i;
/** Tables of MyISAM and Aria that were open while they were copied, under a lock: nothing is missing. */
const BENIGN =
  /hasn't closed the table properly|haven't closed the table properly|Unpurged clustered index record/i;
const NO_CHECK = /doesn't support check/i;

/** Rows of one answer, in their order: a table may have several, and "status OK" may follow a warning. */
export function judgeTableChecks(rows: readonly CheckRow[]): TableCheck[] {
  const byTable = new Map<string, CheckRow[]>();
  for (const row of rows) byTable.set(row.table, [...(byTable.get(row.table) ?? []), row]);
  return [...byTable].map(([table, rows]) => ({ table, ...judgeTable(rows) }));
}

function judgeTable(rows: readonly CheckRow[]): Omit<TableCheck, 'table'> {
  const telling = rows.filter((row) => !isOk(row));
  const lines = telling.map(({ type, text }) => `${type}: ${text}`);
  if (telling.some(({ text }) => REMOTE_ENGINE.test(text))) return { state: 'remote', lines };
  if (telling.some(({ text }) => CANNOT_LOOK.test(text))) return { state: 'unknown', lines };
  const bad = telling.filter(({ type, text }) => !isHarmless(type, text));
  return { state: bad.length > 0 ? 'damaged' : 'sound', lines };
}

function isOk({ type, text }: CheckRow): boolean {
  return type.toLowerCase() === 'status' && /^(OK|Table is already up to date)$/i.test(text);
}

function isHarmless(type: string, text: string): boolean {
  const kind = type.toLowerCase();
  return BENIGN.test(text) || NO_CHECK.test(text) || kind === 'note' || kind === 'info';
}
