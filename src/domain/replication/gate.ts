import type { GateAction, GatePolicy } from './gate-policy.js';

/** What is known about the Job of the snapshot restore; `foreign` is a deleted predecessor's of the same name. */
export type SnapshotJobState = 'absent' | 'running' | 'complete' | 'failed' | 'foreign';

/** What is known about the CompactBackup that the Restore names. */
export type SeenCompaction =
  | { readonly exists: false; readonly overdue: boolean }
  | {
      readonly exists: true;
      readonly state: string;
      readonly message: string;
      /** In what it differs from the Restore; `undefined` where it does not. */
      readonly mismatch: string | undefined;
    };

/** Reason of the marker `CompactSettled`. */
export type SettledReason =
  'AllShardsComplete' | 'ShardsPartialFailed' | 'CompactBackupMismatch' | 'CompactBackupWaitTimeout';

/** Where the compaction stands for the gate. */
export type CompactionVerdict =
  | { readonly kind: 'settled'; readonly reason: SettledReason; readonly message: string }
  /** The policy ends the restore. */
  | { readonly kind: 'refused'; readonly reason: SettledReason; readonly message: string }
  /** Nothing is wrong: it runs, or may still appear. */
  | { readonly kind: 'pending'; readonly message: string }
  /** The policy waits for somebody to put it right, or it is not there yet. */
  | {
      readonly kind: 'held';
      readonly reason: Exclude<SettledReason, 'AllShardsComplete'> | 'CompactBackupNotFound';
      readonly message: string;
    };

export interface GateQuestion {
  readonly snapshotJob: SnapshotJobState;
  /** The marker `SnapshotRestored` is True: the Job may have gone since. */
  readonly snapshotRestored: boolean;
  /** Reason of the marker `CompactSettled`, once it is True: what happens to the CompactBackup later is no matter. */
  readonly settled: SettledReason | undefined;
  readonly compaction: SeenCompaction;
  readonly policy: GatePolicy;
}

export interface GateVerdict {
  readonly snapshot: 'pending' | 'running' | 'restored' | 'failed';
  readonly compaction: CompactionVerdict;
  /** The log restore may start. */
  readonly open: boolean;
}

/** The gate between the two halves: both the snapshot and the compaction, whichever comes last. */
export function judgeGate(question: GateQuestion): GateVerdict {
  const snapshot = judgeSnapshot(question);
  const compaction = judgeCompaction(question);
  return { snapshot, compaction, open: snapshot === 'restored' && compaction.kind === 'settled' };
}

function judgeSnapshot({ snapshotJob, snapshotRestored }: GateQuestion): GateVerdict['snapshot'] {
  switch (snapshotJob) {
    case 'running':
      // Also with the marker: whoever started it again, two halves must never run at once.
      return 'running';
    case 'complete':
      return 'restored';
    case 'failed':
      return snapshotRestored ? 'restored' : 'failed';
    case 'absent':
    case 'foreign':
      return snapshotRestored ? 'restored' : 'pending';
  }
}

/** States in which a compaction is on its way. Source: pingcap/tidb-operator v1, type BackupConditionType. */
const ON_ITS_WAY: readonly string[] = ['', 'Scheduled', 'Prepare', 'Running', 'RetryFailed'];

/** Whether this version knows what to expect of a compaction in this state. */
export function knowsCompactionState(state: string): boolean {
  return state === 'Complete' || state === 'Failed' || ON_ITS_WAY.includes(state);
}

function judgeCompaction({ settled, compaction, policy }: GateQuestion): CompactionVerdict {
  if (settled !== undefined) return { kind: 'settled', reason: settled, message: '' };
  if (!compaction.exists) return judgeAbsent(compaction.overdue, policy.timeout);
  const { mismatch, state, message } = compaction;
  if (mismatch !== undefined) {
    return applyPolicy(policy.mismatch, { reason: 'CompactBackupMismatch', message: mismatch });
  }
  if (state === 'Complete') return { kind: 'settled', reason: 'AllShardsComplete', message };
  if (state === 'Failed') {
    return applyPolicy(policy.partial, { reason: 'ShardsPartialFailed', message });
  }
  return { kind: 'pending', message: pendingMessage(state) };
}

function judgeAbsent(overdue: boolean, action: GateAction): CompactionVerdict {
  if (!overdue) {
    return { kind: 'held', reason: 'CompactBackupNotFound', message: 'does not exist (yet)' };
  }
  const message = 'did not appear within spec.replicationConfig.waitTimeout';
  return applyPolicy(action, { reason: 'CompactBackupWaitTimeout', message });
}

function applyPolicy(
  action: GateAction,
  why: { reason: Exclude<SettledReason, 'AllShardsComplete'>; message: string },
): CompactionVerdict {
  switch (action) {
    case 'fail':
      return { kind: 'refused', ...why };
    case 'wait':
      return { kind: 'held', ...why };
    case 'proceed':
      return { kind: 'settled', ...why };
  }
}

function pendingMessage(state: string): string {
  if (state === '') return 'has not started';
  return knowsCompactionState(state)
    ? `is ${state}`
    : `is in state "${state}", which this version does not know`;
}

/** Whether BR may be told that compaction kept the latest versions; it refuses the flag otherwise (pingcap/tidb#69110). */
export function mayRetainLatestMvccVersion(settled: string | undefined): boolean {
  return settled === 'AllShardsComplete';
}
