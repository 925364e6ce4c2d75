import type { EventSink } from '../../kubernetes/events.js';
import type { JobDeletions } from '../../kubernetes/job-deletions.js';
import type { OperatorSetting } from '../../kubernetes/operator-presence.js';

export interface BackupActivityDependencies extends EventSink {
  /** UID of this cluster's namespace kube-system. */
  readonly clusterUid: string;
  readonly operator: OperatorSetting;
  /** What the watch of this process sees; absent where none can run. */
  readonly deletions?: JobDeletions;
  readonly images: { readonly backupManager: string; readonly br?: string | undefined };
  /** Epoch milliseconds. */
  readonly now: () => number;
}
