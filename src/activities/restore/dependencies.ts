import type { KubernetesApi } from '../../kubernetes/api.js';
import type { EventSink } from '../../kubernetes/events.js';
import type { JobDeletions } from '../../kubernetes/job-deletions.js';
import type { RecentSet } from '../../kubernetes/recent-set.js';
import type { RestoreSurroundings } from '../../kubernetes/restore-obstacles.js';

export interface RestoreActivityDependencies extends RestoreSurroundings, EventSink {
  readonly api: KubernetesApi;
  /** UID of this cluster's namespace kube-system. */
  readonly clusterUid: string;
  /** What the watch of this process sees; absent where none can run. */
  readonly deletions?: JobDeletions;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** With what the activities of one process keep. */
export interface RestoreActivityContext extends RestoreActivityDependencies {
  /** Names of the Events that were written here: a repeated look needs no call to find them. */
  readonly told: RecentSet;
}
