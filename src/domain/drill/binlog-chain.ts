import type { DrillCause } from './drill-cause.js';
import { isBinlogName, type BinlogInfo } from './binlog-info.js';
import type { Gtid } from './binlog-event.js';
import {
  gtidText,
  isExactly,
  keyOf,
  parseGtids,
  stateOf,
  unexplainedGtids,
  type GtidState,
} from './gtid-state.js';

/** One transaction in a file. */
export interface BinlogTransaction {
  readonly gtid: Gtid;
  readonly timestampSeconds: number;
  /** Where its first event begins. */
  readonly position: number;
}

/** What a scan of one file found. */
export interface BinlogScan {
  readonly file: string;
  readonly sizeBytes: number;
  readonly checksums: boolean;
  /** State when the file was begun. */
  readonly header: readonly Gtid[];
  /** State at the end, in addition to the header's. */
  readonly end: GtidState;
  readonly transactions: number;
  readonly last?: BinlogTransaction;
  /** State at the position of the backup: only of the file that the backup names; absent where no event begins there. */
  readonly atBackup?: GtidState;
  /** The transaction that was looked for, and where the one after it begins. */
  readonly target?: BinlogTransaction & { readonly endPosition: number };
}

export interface BinlogProblem {
  readonly cause: DrillCause;
  readonly summary: string;
  readonly file?: string;
}

/** The files that follow a backup, the one that it names first; files of another base name are left out. */
export function filesFrom(info: BinlogInfo, names: readonly string[]): string[] {
  const base = baseOf(info.file);
  return names
    .filter((name) => isBinlogName(name) && baseOf(name) === base && numberOf(name) >= numberOf(info.file))
    .sort((left, right) => Number(numberOf(left) - numberOf(right)));
}

/**
 * Proves, from the files alone, that no transaction is missing between the backup and the end of the last file.
 * @param scans in the order of the files, the one that the backup names first
 */
export function chainProblem(info: BinlogInfo, scans: readonly BinlogScan[]): BinlogProblem | undefined {
  const [first] = scans;
  if (first === undefined || first.file !== info.file) {
    return { cause: 'binlog-missing', summary: `${info.file}, where the backup ends, is not in the archive` };
  }
  if (first.atBackup === undefined) {
    const summary = `no event begins at position ${info.position}, where the backup ends (the file has ${first.sizeBytes} B)`;
    return { cause: 'binlog-gap', summary, file: first.file };
  }
  const expected = parseGtids(info.gtid);
  if (expected !== undefined && !isExactly(first.atBackup, expected)) {
    const summary = `at position ${info.position} the file stands at ${stateText(first.atBackup)}, the backup at ${info.gtid}`;
    return { cause: 'binlog-gap', summary, file: first.file };
  }
  return scans
    .map((scan, index) => gapBefore(scan, scans[index - 1]))
    .find((problem) => problem !== undefined);
}

function gapBefore(scan: BinlogScan, before: BinlogScan | undefined): BinlogProblem | undefined {
  if (before === undefined) return undefined;
  const unexplained = unexplainedGtids(endState(before), scan.header);
  if (unexplained.length === 0) return undefined;
  const summary = `${scan.file} begins after ${unexplained.map(gtidText).join(', ')}, but ${before.file} ends with ${stateText(endState(before))}`;
  return { cause: 'binlog-gap', summary, file: scan.file };
}

function endState(scan: BinlogScan): GtidState {
  return new Map([...stateOf(scan.header), ...scan.end]);
}

export function stateText(state: GtidState): string {
  return [...state].map(([key, sequence]) => `${key}-${sequence}`).join(',') || 'nothing';
}

/** Whether the backup itself already holds the transaction. */
export function backupHolds(info: BinlogInfo, target: Gtid): boolean {
  const held = stateOf(parseGtids(info.gtid) ?? []).get(keyOf(target));
  return held !== undefined && held >= target.sequence;
}

function baseOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

function numberOf(name: string): bigint {
  return BigInt(name.slice(name.lastIndexOf('.') + 1));
}
