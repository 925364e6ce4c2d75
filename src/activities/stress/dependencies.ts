import type { KubernetesApi } from '../../kubernetes/api.js';
import type { ApiFailure } from '../../kubernetes/api-failure.js';

export interface StressActivityDependencies {
  readonly api: KubernetesApi;
  /** UID of this cluster's namespace kube-system. */
  readonly clusterUid: string;
  /** Where the API server is. */
  readonly serverUrl: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Counts a repetition. */
  readonly retried: (failure: ApiFailure) => void;
  /** Aborted when the process is told to end. */
  readonly stopping: AbortSignal;
}
