import { z } from 'zod';
import { GateAction } from './gate-policy.js';
import { RESTORE_JOB_STEPS } from './restore-step.js';

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
  gatePolicy: z
    .object({
      mismatch: GateAction.exactOptional(),
      timeout: GateAction.exactOptional(),
      partial: GateAction.exactOptional(),
    })
    .optional(),
  /** Sets the label that makes the Restore ours first: `holdfast restore start` does so, the watch has seen it. */
  adopt: z.boolean().optional(),
});
export type RunReplicationRestoreInput = z.infer<typeof RunReplicationRestoreInput>;

/** What the workflow adds when it asks: the Restore itself does not say that a person cancelled it. */
export const ReviewRestoreInput = RunReplicationRestoreInput.extend({
  /** Who asked to end it early, and why, in one sentence. */
  cancelled: z.string().min(1).optional(),
});
export type ReviewRestoreInput = z.infer<typeof ReviewRestoreInput>;

export const CreateRestoreJobInput = ReviewRestoreInput.extend({ step: z.enum(RESTORE_JOB_STEPS) });
export type CreateRestoreJobInput = z.infer<typeof CreateRestoreJobInput>;
