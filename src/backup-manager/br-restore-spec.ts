import type { z } from 'zod';
import { BrSpec } from '../domain/backup/br-spec.js';
import { RestoreJobSpec } from '../domain/replication/restore-job-spec.js';

const { pitrFullBackupStorageProvider, logRestoreStartTs, backoffLimit } = RestoreJobSpec.shape;

/** The part of a Restore's spec from which BR's arguments are made; what is only about pods is not judged here. */
export const BrRestoreSpec = BrSpec.extend({
  pitrFullBackupStorageProvider,
  /** In place of a full backup: the log from here on (TSO or date). */
  logRestoreStartTs,
  backoffLimit,
});
export type BrRestoreSpec = z.infer<typeof BrRestoreSpec>;
