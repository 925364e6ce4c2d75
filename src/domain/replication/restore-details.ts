import { gateOf, replicationConfigOf, unknownCompactionState } from './gate-of.js';
import type { RestoreReview } from './restore-review.js';
import { waitingOf } from './restore-status.js';
import type { SeenRestore } from './seen-restore.js';
import { compactionProgress } from './shard-progress.js';

/** Lines for people about both halves: the workflow's current details, `restore describe`. */
export function restoreDetails(seen: SeenRestore): RestoreReview['details'] {
  const { restore, compactBackup } = seen;
  const { status } = restore;
  const waiting = waitingOf(status);
  const config = replicationConfigOf(restore);
  return [
    ...(config === undefined
      ? []
      : [
          `snapshot restore: ${gateOf(seen).snapshot}`,
          `compaction ${config.compactBackupName}: ${compactionLine(seen)}`,
        ]),
    `phase: ${status.phase ?? 'not started'}`,
    ...(status.replicationStep === undefined ? [] : [`step: ${status.replicationStep}`]),
    ...(waiting === undefined ? [] : [`waits: ${waiting.message}`]),
    ...(compactBackup?.status.message === undefined || compactBackup.status.message === ''
      ? []
      : [`compaction says: ${compactBackup.status.message}`]),
  ];
}

function compactionLine(seen: SeenRestore): string {
  const { compaction } = gateOf(seen);
  const { compactBackup } = seen;
  const state = compactBackup === undefined ? 'not found' : compactBackup.status.state || 'not started';
  const progress = compactBackup === undefined ? '' : compactionProgress(compactBackup);
  const unknown = unknownCompactionState(seen) === undefined ? '' : 'unknown to this version, waited for';
  const settled = compaction.kind === 'settled' ? `settled (${compaction.reason})` : '';
  return [state, progress, unknown, settled].filter((part) => part !== '').join(', ');
}
