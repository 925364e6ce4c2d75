import type { Baseline } from './baseline.js';
import { readServerVersion } from './server-version.js';

/** What the restored server says of one table; absent fields could not be told. */
export interface MeasuredTable {
  readonly rows?: string | undefined;
  readonly checksum?: string | null | undefined;
  /** The server's words where it refused. */
  readonly refusal?: string | undefined;
}

export interface BaselineDifference {
  readonly table: string;
  readonly text: string;
}

/** @returns what is different, in words; empty where the table holds what it held when the backup was made */
export function compareTable(
  expected: Baseline['tables'][number],
  { measured, withChecksum }: { measured: MeasuredTable; withChecksum: boolean },
): BaselineDifference[] {
  const table = `${expected.schema}.${expected.table}`;
  if (measured.refusal !== undefined) return [{ table, text: measured.refusal }];
  const differences: BaselineDifference[] = [];
  if (measured.rows !== String(expected.rows)) {
    differences.push({
      table,
      text: `${measured.rows ?? 'no'} rows, ${expected.rows} when the backup was made`,
    });
  }
  const { checksum } = expected;
  if (withChecksum && checksum !== null && measured.checksum !== checksum) {
    differences.push({
      table,
      text: `checksum ${measured.checksum ?? 'NULL'}, ${checksum} when the backup was made`,
    });
  }
  return differences;
}

/** Checksums depend on how the server stores a column: only one major version gives the same. */
export function checksumsComparable(baseline: Baseline, drillServerVersion: string): boolean {
  const [before, now] = [readServerVersion(baseline.serverVersion), readServerVersion(drillServerVersion)];
  return (
    before !== undefined && now !== undefined && before.major === now.major && before.flavor === now.flavor
  );
}
