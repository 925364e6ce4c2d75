import { z } from 'zod';

/** One version of an object. Revisions are etcd's: they order writes to different objects. */
export interface Version<T> {
  readonly revision: number;
  /** The object is gone; `object` is what it was last. */
  readonly deleted: boolean;
  readonly object: T;
}

/** An Event on a Backup, as far as it is judged here. */
export const BackupEvent = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  involvedObject: z.looseObject({ kind: z.string(), name: z.string() }),
  reason: z.string(),
  message: z.string(),
  count: z.number().optional(),
});
export type BackupEvent = z.infer<typeof BackupEvent>;
