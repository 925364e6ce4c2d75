import { z } from 'zod';
import { ObjectMeta } from '../kubernetes/object-meta.js';

/**
 * A CompactBackup (pingcap.com/v1alpha1), as far as we read it; we never write one. Its storage blocks stand directly
 * in the spec and are read where they are compared.
 */
export const CompactBackup = z.looseObject({
  metadata: ObjectMeta,
  spec: z
    .looseObject({
      mode: z.string().optional(),
      shardCount: z.number().optional(),
      br: z
        .looseObject({ cluster: z.string().optional(), clusterNamespace: z.string().optional() })
        .nullish(),
    })
    .default({}),
  status: z
    .looseObject({
      /** "", Scheduled, Prepare, Running, RetryFailed, Complete, Failed; other versions may know more. */
      state: z.string().optional(),
      /** What tikv-ctl says, for example `[READ_META(17/17),COMPACT_WORK(5/40)]`. */
      progress: z.string().optional(),
      message: z.string().optional(),
      /** Shards as Kubernetes' Indexed Jobs report them: `0-2,5`. */
      completedIndexes: z.string().optional(),
      failedIndexes: z.string().optional(),
    })
    .default({}),
});
export type CompactBackup = z.infer<typeof CompactBackup>;
