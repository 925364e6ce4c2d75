import { z } from 'zod';
import { BrSpec } from '../domain/backup/br-spec.js';
import { StorageSpec } from '../domain/backup/storage-spec.js';

/** The part of a Restore's spec from which BR's arguments are made. */
export const BrRestoreSpec = BrSpec.extend({
  /** Where the full backup lies to which the log is added; the storage of the spec itself holds the log. */
  pitrFullBackupStorageProvider: StorageSpec.nullish(),
  /** In place of a full backup: the log from here on (TSO or date). */
  logRestoreStartTs: z.string().optional(),
  backoffLimit: z.number().int().optional(),
});
export type BrRestoreSpec = z.infer<typeof BrRestoreSpec>;
