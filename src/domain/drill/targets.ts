import { parseGoDuration } from '../go-duration.js';
import type { DrillPlan } from './drill-plan.js';
import type { DrillReport } from './drill-report.js';
import type { DrillFacts, RungName, RungResult } from './rung.js';

/** What a restore in an emergency has to do, too. The other rungs only look. */
const RESTORE_RUNGS: ReadonlySet<RungName> = new Set([
  'checksums',
  'unpack',
  'prepare',
  'copy-back',
  'start',
  'pitr',
]);

type Target = DrillReport['rto'];

/** Measured where the server came up on the restored data. */
export function rtoOf(results: readonly RungResult[], { targets }: Pick<DrillPlan, 'targets'>): Target {
  const restored = results.some(({ rung, outcome }) => rung === 'start' && outcome === 'passed');
  const spentMs = results
    .filter(({ rung }) => RESTORE_RUNGS.has(rung))
    .reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  const basis = 'time of the rungs that a restore needs: checksums, unpack, prepare, copy-back, start, pitr';
  return measured({ target: targets.rto, measuredMs: restored ? spentMs : undefined, basis });
}

export interface RpoQuestion {
  readonly targets: DrillPlan['targets'];
  /** A backup that is not proven restores nothing: no age. */
  readonly proven: boolean;
  readonly facts: Partial<DrillFacts>;
  /** When the backup was taken, as far as its name tells. */
  readonly takenMs: number | undefined;
  /** When the drill began: the loss that a crash at that moment would have been. */
  readonly atMs: number;
}

export function rpoOf({ targets, proven, facts, takenMs, atMs }: RpoQuestion): Target {
  const { newestProvenMs } = facts;
  const newestMs = newestProvenMs ?? takenMs;
  const basis =
    newestProvenMs === undefined
      ? 'age of the backup when the drill began'
      : 'age of the newest proven transaction when the drill began';
  const ageMs = newestMs === undefined ? undefined : Math.max(0, atMs - newestMs);
  return measured({ target: targets.rpo, measuredMs: proven ? ageMs : undefined, basis });
}

interface Measurement {
  readonly target: string;
  readonly measuredMs: number | undefined;
  readonly basis: string;
}

function measured({ target, measuredMs, basis }: Measurement): Target {
  const targetMs = parseGoDuration(target) ?? 0;
  if (measuredMs === undefined) return { targetMs, basis };
  return { targetMs, measuredMs, met: measuredMs <= targetMs, basis };
}
