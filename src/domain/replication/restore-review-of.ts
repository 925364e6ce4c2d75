import { restoreDetails } from './restore-details.js';
import type { RestoreAwaitReason, RestoreDecision } from './restore-decision.js';
import type { RestorePhase, RestoreReview } from './restore-review.js';
import type { SeenRestore } from './seen-restore.js';

const AWAIT_PHASE: Readonly<Record<RestoreAwaitReason, RestorePhase>> = {
  SnapshotRestoreRunning: 'SnapshotRestore',
  CompactBackup: 'Waiting',
  LogRestoreRunning: 'LogRestore',
  RestoreRunning: 'Running',
  PruneRunning: 'Pruning',
  ManagerReport: 'Running',
  PodsEnding: 'Stopping',
  Obstacle: 'Waiting',
};

/** What the workflow hears of a decision that leaves nothing to write or create. */
export function restoreReviewOf(
  seen: SeenRestore,
  decision: Exclude<RestoreDecision, { kind: 'Write' | 'CreateJob' }>,
): RestoreReview {
  const { summary } = decision;
  const told = { summary, details: restoreDetails(seen) };
  switch (decision.kind) {
    case 'Leave':
      return { ...told, next: 'Done', outcome: 'Left' };
    case 'Ended':
      return { ...told, next: 'Done', outcome: decision.outcome };
    case 'StopJobs':
      return { ...told, next: 'StopJobs', steps: decision.steps };
    case 'Await': {
      const { reason, recheckAfterMs } = decision;
      const phase = AWAIT_PHASE[reason];
      return { ...told, next: 'Await', phase, ...(recheckAfterMs !== undefined && { recheckAfterMs }) };
    }
  }
}
