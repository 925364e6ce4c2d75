import { backupHolds, type BinlogProblem, type BinlogScan, type BinlogTransaction } from './binlog-chain.js';
import type { Gtid } from './binlog-event.js';
import type { BinlogInfo } from './binlog-info.js';
import { gtidText } from './gtid-state.js';

/** Which files are replayed, and up to where. */
export interface ReplayPlan {
  readonly files: readonly string[];
  readonly startPosition: number;
  /** In the last of the files; absent: to its end. */
  readonly stopPosition?: number;
  /** The last transaction of all that are replayed; absent where there is none after the backup. */
  readonly last?: BinlogTransaction;
}

export interface ReplayQuestion {
  readonly info: BinlogInfo;
  /** Proven to be a chain. */
  readonly scans: readonly BinlogScan[];
  /** Absent: the newest transaction there is. */
  readonly target: Gtid | undefined;
}

export function planReplay({ info, scans, target }: ReplayQuestion): ReplayPlan | BinlogProblem {
  const everything = scans.map(({ file }) => file);
  if (target === undefined) {
    const last = scans.findLast((scan) => scan.last !== undefined)?.last;
    const after = last !== undefined && isAfterBackup(info, { scans, transaction: last }) ? last : undefined;
    return { files: everything, startPosition: info.position, ...(after && { last: after }) };
  }
  if (backupHolds(info, target)) return { files: [], startPosition: info.position };
  const index = scans.findIndex((scan) => scan.target !== undefined);
  const found = scans[index]?.target;
  if (found === undefined) {
    return { cause: 'target-missing', summary: `transaction ${gtidText(target)} is not in the binary logs` };
  }
  return {
    files: everything.slice(0, index + 1),
    startPosition: info.position,
    stopPosition: found.endPosition,
    last: found,
  };
}

/** The file of the backup also holds what happened before it. */
function isAfterBackup(
  info: BinlogInfo,
  { scans, transaction }: { scans: readonly BinlogScan[]; transaction: BinlogTransaction },
): boolean {
  return scans[0]?.last !== transaction || transaction.position >= info.position;
}
