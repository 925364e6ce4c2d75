import { z } from 'zod';

/** Input of the workflow `superviseBackup` and of its activities: which Backup, in which cluster. */
export const SuperviseBackupInput = z.object({
  /** `HOLDFAST_CLUSTER` of the worker that serves this Kubernetes cluster. */
  cluster: z.string().min(1),
  /** UID of the namespace kube-system there: guards against a worker with the wrong kubeconfig. */
  clusterUid: z.string().min(1),
  namespace: z.string().min(1),
  name: z.string().min(1),
  /** `metadata.uid` of the Backup. */
  uid: z.string().min(1),
});
export type SuperviseBackupInput = z.infer<typeof SuperviseBackupInput>;
