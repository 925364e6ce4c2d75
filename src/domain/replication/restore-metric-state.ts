import { wordOr } from '../metric-label.js';
import { parseTime } from '../time.js';
import { leaveRestore } from './leave-restore.js';
import {
  settledReasonOf,
  trueRestoreCondition,
  WAITING_CONDITION,
  type RestoreConditionType,
} from './restore-status.js';
import type { Restore } from './restore.js';

/** Where a Restore is, as the label `phase` says it: a closed list. */
export type RestoreMetricPhase =
  | Exclude<RestoreConditionType, 'Complete'>
  /** Nothing of it has begun. */
  | 'NotStarted'
  /** The snapshot is restored, the compaction is not settled. */
  | 'WaitingForCompaction'
  /** A phase that this version does not know. */
  | 'Other';

/** Where one Restore stands; read from it alone, so that a new watch shows the same as the one before. */
export interface RestoreMetricState {
  readonly phase: RestoreMetricPhase;
  /** Epoch seconds; no series where nothing says it. */
  readonly phaseStartedSeconds: number | undefined;
  /** What somebody has to bring, and since when it is missing, epoch seconds. */
  readonly waiting: { readonly reason: string; readonly startedSeconds: number | undefined } | undefined;
  /** Why it failed; `undefined` while nothing has. */
  readonly failed: string | undefined;
}

/** Reason of a failure, or of a wait, that is no word. */
export const UNKNOWN_REASON = 'unknown';

/** `undefined` for a Restore that is not ours, and for one that ended well: neither has a series. */
export function restoreMetricStateOf(restore: Restore): RestoreMetricState | undefined {
  const { status } = restore;
  if (leaveRestore(restore) !== undefined || status.phase === 'Complete') return undefined;
  const phase = phaseOf(restore);
  return {
    phase,
    phaseStartedSeconds: inSeconds(phaseStartOf(restore, phase)),
    // The program in a pod ends a restore without a look at what it waited for.
    waiting: isEnded(phase) ? undefined : waitingSince(restore),
    failed: failureOf(restore, phase),
  };
}

const PHASES: Readonly<Record<Exclude<RestoreConditionType, 'Complete'>, true>> = {
  Scheduled: true,
  SnapshotRestore: true,
  LogRestore: true,
  Running: true,
  Failed: true,
  Invalid: true,
  PruneScheduled: true,
  PruneRunning: true,
  PruneComplete: true,
  PruneFailed: true,
};

function phaseOf(restore: Restore): RestoreMetricPhase {
  const { phase = '' } = restore.status;
  if (phase === '') return 'NotStarted';
  if (phase === 'SnapshotRestore' && lacksOnlyCompaction(restore)) return 'WaitingForCompaction';
  return isKnownPhase(phase) ? phase : 'Other';
}

function isKnownPhase(phase: string): phase is keyof typeof PHASES {
  return Object.hasOwn(PHASES, phase);
}

function lacksOnlyCompaction({ status }: Restore): boolean {
  const restored = trueRestoreCondition(status, 'SnapshotRestored') !== undefined;
  return restored && settledReasonOf(status) === undefined;
}

const ENDED_BADLY: readonly RestoreMetricPhase[] = ['Failed', 'Invalid', 'PruneComplete', 'PruneFailed'];

function isEnded(phase: RestoreMetricPhase): boolean {
  return ENDED_BADLY.includes(phase);
}

/** A condition keeps the time at which it became True, also when the phase comes back to it. */
function phaseStartOf({ status, metadata }: Restore, phase: RestoreMetricPhase): string | null | undefined {
  const type = phase === 'WaitingForCompaction' ? 'SnapshotRestored' : (status.phase ?? '');
  return trueRestoreCondition(status, type)?.lastTransitionTime ?? metadata.creationTimestamp;
}

function waitingSince({ status }: Restore): RestoreMetricState['waiting'] {
  const found = trueRestoreCondition(status, WAITING_CONDITION);
  if (found === undefined) return undefined;
  return {
    reason: wordOr(found.reason, UNKNOWN_REASON),
    startedSeconds: inSeconds(found.lastTransitionTime),
  };
}

/** A Restore that is pruned has failed before. */
function failureOf({ status }: Restore, phase: RestoreMetricPhase): string | undefined {
  if (!isEnded(phase) && !phase.startsWith('Prune')) return undefined;
  const said = trueRestoreCondition(status, phase === 'Invalid' ? 'Invalid' : 'Failed');
  return wordOr(said?.reason, UNKNOWN_REASON);
}

function inSeconds(time: string | null | undefined): number | undefined {
  const epochMs = parseTime(time);
  return epochMs === undefined ? undefined : epochMs / 1_000;
}
