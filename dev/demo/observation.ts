import { z } from 'zod';
import type { Backup } from '../../src/domain/backup/backup.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { ObjectMeta } from '../../src/domain/kubernetes/object-meta.js';
import type { Pod } from '../../src/domain/kubernetes/pod.js';
import type { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import type { Restore } from '../../src/domain/replication/restore.js';

/** A core/v1 Event, as far as the demo reads it. */
export const SeenEvent = z.looseObject({
  metadata: ObjectMeta,
  involvedObject: z.looseObject({ kind: z.string(), name: z.string(), uid: z.string() }),
  type: z.string().optional(),
  reason: z.string(),
  message: z.string().optional(),
});
export type SeenEvent = z.infer<typeof SeenEvent>;

/** One thing that the API server or Temporal told us; `atMs` is when we were told, epoch milliseconds. */
export type Observation = { readonly atMs: number } & (
  | { readonly kind: 'backup'; readonly backup: Backup }
  | { readonly kind: 'restore'; readonly restore: Restore }
  | { readonly kind: 'compaction'; readonly compactBackup: CompactBackup }
  | { readonly kind: 'job'; readonly job: Job; readonly deleted: boolean }
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'event'; readonly event: SeenEvent }
  /** The workflow of an object exists; `url` shows it in the Web UI. */
  | {
      readonly kind: 'workflow';
      readonly subject: string;
      readonly workflowType: string;
      readonly url: string;
    }
);
