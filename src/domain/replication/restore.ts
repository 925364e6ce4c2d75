import { z } from 'zod';
import { ObjectMeta } from '../kubernetes/object-meta.js';

/** One entry of `status.conditions`. Source: pingcap/tidb-operator v1, type RestoreCondition. */
export const RestoreCondition = z.looseObject({
  type: z.string(),
  status: z.string(),
  lastTransitionTime: z.string().nullish(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type RestoreCondition = z.infer<typeof RestoreCondition>;

export const RestoreStatus = z.looseObject({
  phase: z.string().optional(),
  conditions: z.array(RestoreCondition).nullish(),
  /** `snapshot-restore`, then `log-restore`; kept when the restore fails: it tells which half did. */
  replicationStep: z.string().optional(),
  commitTs: z.string().optional(),
  timeStarted: z.string().nullish(),
  timeCompleted: z.string().nullish(),
  timeTaken: z.string().optional(),
});
export type RestoreStatus = z.infer<typeof RestoreStatus>;

/**
 * The spec as the API server holds it. What people can get wrong is not judged here: a bad value must become
 * condition Invalid with its path, not an object that cannot be read.
 */
export const RestoreSpec = z.looseObject({
  mode: z.unknown().optional(),
  restoreMode: z.unknown().optional(),
  replicationConfig: z.unknown().optional(),
  prune: z.string().optional(),
});
export type RestoreSpec = z.infer<typeof RestoreSpec>;

/** A Restore (pingcap.com/v1alpha1), as far as we read it; the rest is kept. */
export const Restore = z.looseObject({
  metadata: ObjectMeta,
  spec: RestoreSpec.default({}),
  status: RestoreStatus.default({}),
});
export type Restore = z.infer<typeof Restore>;
