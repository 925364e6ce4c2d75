import type { KubernetesApi } from '../../kubernetes/api.js';
import type { RestoreSurroundings } from '../../kubernetes/restore-obstacles.js';

export interface RestoreActivityDependencies extends RestoreSurroundings {
  readonly api: KubernetesApi;
  /** UID of this cluster's namespace kube-system. */
  readonly clusterUid: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
