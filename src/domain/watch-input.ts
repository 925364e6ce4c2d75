import { z } from 'zod';

/** Input of the workflow `watchCluster` and of its activity. */
export const WatchClusterInput = z.object({
  /** `HOLDFAST_CLUSTER`. */
  cluster: z.string().min(1),
  /** UID of the namespace kube-system there. */
  clusterUid: z.string().min(1),
});
export type WatchClusterInput = z.infer<typeof WatchClusterInput>;
