import type { Job } from '../kubernetes/job.js';
import type { CompactBackup } from './compact-backup.js';
import type { GatePolicy } from './gate-policy.js';
import type { Restore } from './restore.js';
import type { RestoreJobStep } from './restore-step.js';

/** Why no Job of this Restore can be created now, although its spec is in order: somebody has to bring it. */
export type ObstacleReason =
  /** `spec.br.cluster` does not exist (yet). */
  | 'TidbClusterNotFound'
  /** TiKV's `gc.ratio-threshold` is not -1, or cannot be seen. */
  | 'TikvGateClosed'
  /** A Secret, or a key in it, is missing. */
  | 'SecretNotFound'
  /** TiDB Operator's selector lets it see this Restore: both would run it. */
  | 'OperatorSeesRestore'
  /** The CRD has a status subresource: nothing that is written to the status would be kept. */
  | 'StatusSubresource'
  /** The CRD in the cluster drops `spec.replicationConfig`. */
  | 'ReplicationConfigPruned'
  /** The API server will not have the Job: quota, admission. */
  | 'JobRefused';

export interface Obstacle {
  readonly reason: ObstacleReason;
  /** One sentence for people, with the way out. */
  readonly message: string;
}

/** Everything the decision about one Restore may depend on. */
export interface SeenRestore {
  readonly restore: Restore;
  /** The Jobs that bear this Restore's names (`restoreJobName`), whoever owns them. */
  readonly jobs: Readonly<Partial<Record<RestoreJobStep, Job>>>;
  /**
   * Names of pods of this Restore (label `tidb.pingcap.com/restore-uid`) that have not ended, also of Jobs that are
   * gone; absent where nobody looked, as in the watch.
   */
  readonly livePods?: readonly string[] | undefined;
  /**
   * What the pods of a failed Job said last, one short line without secrets; absent where nobody asked: only whoever
   * writes the failure does.
   */
  readonly lastWords?: Readonly<Partial<Record<RestoreJobStep, string>>> | undefined;
  /** The one that `replicationConfig.compactBackupName` names in the Restore's namespace. */
  readonly compactBackup: CompactBackup | undefined;
  /** What keeps Jobs from being created, most fundamental first; absent where nobody looked, as in the watch. */
  readonly obstacles?: readonly Obstacle[] | undefined;
  /** The policy of the workflow's input. */
  readonly gatePolicy?: Partial<GatePolicy> | undefined;
  /** A person asked to end it early: who and why, in one sentence. */
  readonly cancelled?: string | undefined;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}
