import { z } from 'zod';
import { LogJobSpec } from '../backup/log-job-spec.js';
import { StorageSpec } from '../backup/storage-spec.js';
import { isObjectName } from '../kubernetes/object-name.js';

/** `spec.replicationConfig`. */
export const ReplicationConfig = z.looseObject({
  /** A CompactBackup in the Restore's namespace. */
  compactBackupName: z.string().refine(isObjectName, 'the name of a CompactBackup in the same namespace'),
  /** Go duration from the Restore's creation; absent, empty or not above zero means for ever. */
  waitTimeout: z.string().optional(),
});
export type ReplicationConfig = z.infer<typeof ReplicationConfig>;

/** What a Restore's spec says about its Jobs and their pods: a Backup's blocks, and those of a point-in-time restore. */
export const RestoreJobSpec = LogJobSpec.extend({
  /** Access to TiDB itself; only old versions of BR need it. A Restore calls it `to`, a Backup `from`. */
  to: LogJobSpec.shape.from,
  pitrRestoredTs: z.string().optional(),
  logRestoreStartTs: z.string().optional(),
  /** Where the snapshot lies that the log is applied to; the log itself lies in the spec's own storage block. */
  pitrFullBackupStorageProvider: StorageSpec.nullish(),
  replicationConfig: ReplicationConfig.nullish(),
  /** How often Kubernetes starts the pod of a Job again. Default 0. */
  backoffLimit: z.number().int().min(0).optional(),
});
export type RestoreJobSpec = z.infer<typeof RestoreJobSpec>;
