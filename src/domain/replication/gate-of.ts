import { parseGoDuration } from '../go-duration.js';
import { parseTime } from '../time.js';
import { describeMismatches, mismatchesOf } from './consistency.js';
import {
  judgeGate,
  knowsCompactionState,
  type GateVerdict,
  type SeenCompaction,
  type SnapshotJobState,
} from './gate.js';
import { observeRestoreJob } from './observe-restore-job.js';
import { resolveGatePolicy } from './read-gate-policy.js';
import { ReplicationConfig } from './restore-job-spec.js';
import { settledReasonOf, trueRestoreCondition } from './restore-status.js';
import type { Restore } from './restore.js';
import type { SeenRestore } from './seen-restore.js';

/** The Restore's `replicationConfig`; `undefined` where it has none, or one that cannot be read. */
export function replicationConfigOf({ spec }: Restore): ReplicationConfig | undefined {
  return ReplicationConfig.safeParse(spec.replicationConfig).data;
}

/** What the gate says of a Restore as it was seen. */
export function gateOf(seen: SeenRestore): GateVerdict {
  const { restore } = seen;
  return judgeGate({
    snapshotJob: snapshotJobState(seen),
    snapshotRestored: trueRestoreCondition(restore.status, 'SnapshotRestored') !== undefined,
    settled: settledReasonOf(restore.status),
    compaction: seenCompaction(seen),
    policy: resolveGatePolicy(restore, seen.gatePolicy).policy,
  });
}

/** The state of the CompactBackup where it is waited for without being understood; else `undefined`. */
export function unknownCompactionState(seen: SeenRestore): string | undefined {
  const state = seen.compactBackup?.status.state ?? '';
  return !knowsCompactionState(state) && gateOf(seen).compaction.kind === 'pending' ? state : undefined;
}

function snapshotJobState(seen: SeenRestore): SnapshotJobState {
  return observeRestoreJob(seen, 'snapshot-restore').state;
}

function seenCompaction({ restore, compactBackup, nowMs }: SeenRestore): SeenCompaction {
  if (compactBackup === undefined) {
    const deadlineMs = waitDeadlineMs(restore);
    return { exists: false, overdue: deadlineMs !== undefined && nowMs >= deadlineMs };
  }
  const mismatches = mismatchesOf(restore, compactBackup);
  const { state = '', message = '' } = compactBackup.status;
  return {
    exists: true,
    state,
    message,
    mismatch:
      mismatches.length === 0 ? undefined : describeMismatches(mismatches, compactBackup.metadata.name),
  };
}

/** Until when the CompactBackup may not exist, epoch milliseconds; `undefined` means for ever. */
export function waitDeadlineMs(restore: Restore): number | undefined {
  const timeoutMs = parseGoDuration(replicationConfigOf(restore)?.waitTimeout ?? '');
  const createdMs = parseTime(restore.metadata.creationTimestamp);
  return timeoutMs === undefined || timeoutMs <= 0 || createdMs === undefined
    ? undefined
    : createdMs + timeoutMs;
}
