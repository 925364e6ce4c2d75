import type { RestoreEvent } from './restore-events.js';
import type { RestoreConditionType } from './restore-status.js';
import type { RestoreStatus } from './restore.js';
import type { RestoreJobStep } from './restore-step.js';

/** Why a Restore is none of our business. */
export type RestoreLeaveReason =
  /** Not labelled `holdfast.dev/managed: "true"`. */
  | 'NotManaged'
  /** Labelled, and no point-in-time restore. */
  | 'NotPitr';

/** What an unfinished restore waits for without anything to write. */
export type RestoreAwaitReason =
  | 'SnapshotRestoreRunning'
  | 'CompactBackup'
  | 'LogRestoreRunning'
  | 'RestoreRunning'
  | 'PruneRunning'
  /** The Job has ended, its pod has not reported yet. */
  | 'ManagerReport'
  /** Pods of an earlier Job of this Restore still run. */
  | 'PodsEnding'
  /** What condition Waiting says. */
  | 'Obstacle';

/** Which one write is due: a condition that is the phase too, or one that leaves the phase. */
export type RestoreChange = RestoreConditionType | 'Waiting' | 'Markers' | 'Refused';

/** What to do with what was seen. A closed union: the watch, the activities and `plan` handle every kind. */
export type RestoreDecision =
  /** Nothing to do, and no workflow is needed. */
  | { readonly kind: 'Leave'; readonly reason: RestoreLeaveReason; readonly summary: string }
  /** Nothing to do yet; look again on a nudge, or after `recheckAfterMs`. */
  | {
      readonly kind: 'Await';
      readonly reason: RestoreAwaitReason;
      readonly summary: string;
      readonly recheckAfterMs?: number;
    }
  /** One write of the status on top of what was read, these Events, and then a new look. */
  | {
      readonly kind: 'Write';
      readonly change: RestoreChange;
      /** The whole status afterwards. */
      readonly status: RestoreStatus;
      readonly events: readonly RestoreEvent[];
      readonly summary: string;
    }
  | {
      readonly kind: 'CreateJob';
      readonly step: RestoreJobStep;
      /** Whether the log restore may tell BR that compaction kept the latest versions; only where it wholly succeeded. */
      readonly retainLatestMvccVersion: boolean;
      /** Tells that it started; written when the Job is there. */
      readonly event: RestoreEvent | undefined;
      readonly summary: string;
    }
  /** Delete these Jobs of ours and wait until no pod of this Restore runs; then a new look. */
  | {
      readonly kind: 'StopJobs';
      readonly steps: readonly RestoreJobStep[];
      readonly why: string;
      readonly summary: string;
    }
  /** It ended. The Events are written again by whoever looks: they have the same names. */
  | {
      readonly kind: 'Ended';
      readonly outcome: 'Complete' | 'Failed' | 'Invalid' | 'Deleted';
      readonly events: readonly RestoreEvent[];
      readonly summary: string;
    };
