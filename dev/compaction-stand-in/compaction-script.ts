import { z } from 'zod';

/** On a CompactBackup: how its compaction goes. One without it is left alone. */
export const COMPACTION_ANNOTATION = 'compaction-stand-in.holdfast.dev/script';

/** What the stand-in plays; a CompactBackup in mode `sharded` ends shard by shard, any other in ten steps. */
export const CompactionScript = z.strictObject({
  /** From its first step to its end. Default: 1. */
  seconds: z.number().nonnegative().default(1),
  /** Shards that fail: with one of them the whole is Failed, as TiDB Operator has it. Default: none. */
  failedShards: z.array(z.number().int().nonnegative()).default([]),
});
export type CompactionScript = z.infer<typeof CompactionScript>;
