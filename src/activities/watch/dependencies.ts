import type { Backup } from '../../domain/backup/backup.js';
import type { RunReplicationRestoreInput } from '../../domain/replication/restore-input.js';
import type { Restore } from '../../domain/replication/restore.js';
import type { RetryReview } from '../../domain/retry/review.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import type { JobDeletions } from '../../kubernetes/job-deletions.js';
import type { RetryObserver } from '../../kubernetes/retried-call.js';
import type { OperatorSetting } from '../../kubernetes/operator-presence.js';
import type { UnknownCompaction } from './unknown-compaction.js';

/** Where the watch sends what it found. */
export interface WorkflowGateway {
  /**
   * Starts the Backup's workflow, or signals the one that is open.
   * @param review of a failure that the watch has just recorded; without it the workflow looks for itself
   */
  nudge(input: SuperviseBackupInput, review?: RetryReview): Promise<void>;
  /** As `nudge`, for a Restore; with `start: false` only where its workflow is open. */
  nudgeRestore(input: RunReplicationRestoreInput, how: { start: boolean }): Promise<void>;
  /** Ids of the open workflows of this cluster, of Backups and Restores; eventually consistent. */
  openWorkflowIds(cluster: string): Promise<ReadonlySet<string>>;
}

/** Two looks at one object; without `before` at first sight, without `after` when it is gone, or ours no more. */
export interface SeenChange<Seen> {
  readonly before?: Seen;
  readonly after?: Seen;
}

export interface WatchSign {
  readonly resource: string;
  /** `undefined` where all namespaces are watched together. */
  readonly namespace: string | undefined;
  readonly objects: number;
}

/** What one run of the watch tells about itself and what it sees. */
export interface WatchObserver {
  /** A sign of life of one list or watch, and how many objects it knows; one per kind and watched namespace. */
  alive(sign: WatchSign): void;
  /** A step that will be tried again. */
  failed(step: string, failure: unknown): void;
  /** Told of the lists and watches that are tried again. */
  readonly calls: RetryObserver;
  backupChanged(change: SeenChange<Backup>): void;
  restoreChanged(change: SeenChange<Restore>): void;
  compactionUnknown(found: UnknownCompaction): void;
  /** This run of the watch is over; another process may have it now. */
  ended(): void;
}

export interface WatchDependencies {
  readonly api: KubernetesApi;
  /** Told of every Job that goes. */
  readonly deletions: JobDeletions;
  readonly clusterUid: string;
  readonly workflows: WorkflowGateway;
  /** Records a failure that a retry may mend; `undefined` where the workflow has to look for itself. */
  readonly recordFailure: (input: SuperviseBackupInput) => Promise<RetryReview | undefined>;
  readonly operator: OperatorSetting;
  /** Namespaces to watch; `undefined` is all of them. */
  readonly namespaces: readonly string[] | undefined;
  /** Label selector of the custom resources to look after. */
  readonly selector: string | undefined;
  /** Called when the watch begins. */
  readonly beginObserver: () => WatchObserver;
  /** Aborted when the process is told to end: the SDK cancels activities only after its grace time. */
  readonly stopping: AbortSignal;
  readonly now: () => number;
}
