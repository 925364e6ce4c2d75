import type { BackupReference } from './drill-input.js';
import type { DrillReport } from './drill-report.js';
import type { DrillVerdict } from './verdict.js';

/** What is kept of one drill while the next backup of the same plan is drilled: the whole report is in the ledger. */
export interface DrilledBackup {
  readonly backup: BackupReference;
  readonly verdict: DrillVerdict;
  /** The rung that decided; absent where all passed. */
  readonly rung?: DrillReport['rung'];
  readonly rootCause?: string;
}

/** The answer of a drill of several backups. */
export interface DrilledBackups {
  /** The worst of them: one bad backup is a bad answer. */
  readonly verdict: DrillVerdict;
  readonly summary: string;
  readonly selfTest: boolean;
  /** In the order in which they were drilled. */
  readonly backups: readonly DrilledBackup[];
}

const WORST_FIRST = ['fail', 'inconclusive', 'pass'] as const satisfies readonly DrillVerdict[];

/** Fail over inconclusive over pass; pass of none. */
export function worstVerdict(verdicts: readonly DrillVerdict[]): DrillVerdict {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'pass';
}

export function drilledBackup({ backup, verdict, rung, rootCause }: DrillReport): DrilledBackup {
  const { id, prefix } = backup;
  return {
    backup: { id, prefix },
    verdict,
    ...(rung !== undefined && { rung }),
    ...(rootCause !== undefined && { rootCause }),
  };
}

export interface DrilledSeries {
  readonly backups: readonly DrilledBackup[];
  readonly selfTest: boolean;
  /** Why those that were due after them were not drilled. */
  readonly stopped?: string;
}

/** What was not drilled for `stopped` leaves the answer open, where nothing worse is known. */
export function drilledBackups({ backups, selfTest, stopped }: DrilledSeries): DrilledBackups {
  const verdicts = backups.map(({ verdict }) => verdict);
  const counts = WORST_FIRST.map((verdict) => ({
    verdict,
    count: verdicts.filter((is) => is === verdict).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`);
  const summary = `${backups.length} backup${backups.length === 1 ? '' : 's'} drilled: ${counts.join(', ')}`;
  return {
    verdict: worstVerdict(stopped === undefined ? verdicts : [...verdicts, 'inconclusive']),
    summary: stopped === undefined ? summary : `${summary}; the others were not: ${stopped}`,
    selfTest,
    backups,
  };
}
