import { z } from 'zod';
import { GatePolicy } from './gate-policy.js';

/** Input of the workflow `runReplicationRestore` and of its activities: which Restore, in which cluster. */
export const RunReplicationRestoreInput = z.object({
  /** `HOLDFAST_CLUSTER` of the worker that serves this Kubernetes cluster. */
  cluster: z.string().min(1),
  /** UID of the namespace kube-system there: guards against a worker with the wrong kubeconfig. */
  clusterUid: z.string().min(1),
  namespace: z.string().min(1),
  name: z.string().min(1),
  /** `metadata.uid` of the Restore. */
  uid: z.string().min(1),
  /** Instead of the defaults; the annotation on the Restore overrides it. */
  gatePolicy: GatePolicy.partial().optional(),
});
export type RunReplicationRestoreInput = z.infer<typeof RunReplicationRestoreInput>;
