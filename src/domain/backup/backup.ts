import { z } from 'zod';
import { ObjectMeta } from '../kubernetes/object-meta.js';

/**
 * One entry of `status.conditions`. `command` is the log sub-command it speaks of (mode log only).
 * Source: pingcap/tidb-operator v1, type BackupCondition.
 */
export const BackupCondition = z.looseObject({
  command: z.string().optional(),
  type: z.string(),
  status: z.string(),
  lastTransitionTime: z.string().nullish(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type BackupCondition = z.infer<typeof BackupCondition>;

/** One entry of `status.logSubCommandStatuses`, keyed by the sub-command. */
export const LogSubcommandStatus = z.looseObject({
  command: z.string().optional(),
  timeStarted: z.string().nullish(),
  timeCompleted: z.string().nullish(),
  logTruncatingUntil: z.string().optional(),
  phase: z.string().optional(),
  conditions: z.array(BackupCondition).nullish(),
});
export type LogSubcommandStatus = z.infer<typeof LogSubcommandStatus>;

/** One failure and its retry; times are RFC 3339 UTC, whole seconds. All but `retryNum` may be absent. */
export const BackoffRetryRecord = z.looseObject({
  retryNum: z.number().int().default(0),
  detectFailedAt: z.string().optional(),
  expectedRetryAt: z.string().optional(),
  realRetryAt: z.string().optional(),
  retryReason: z.string().optional(),
  originalReason: z.string().optional(),
});
export type BackoffRetryRecord = z.infer<typeof BackoffRetryRecord>;

export const BackupStatus = z.looseObject({
  phase: z.string().optional(),
  conditions: z.array(BackupCondition).nullish(),
  backupPath: z.string().optional(),
  commitTs: z.string().optional(),
  timeStarted: z.string().nullish(),
  timeCompleted: z.string().nullish(),
  logSuccessTruncateUntil: z.string().optional(),
  logSubCommandStatuses: z.record(z.string(), LogSubcommandStatus).nullish(),
  backoffRetryStatus: z.array(BackoffRetryRecord).nullish(),
});
export type BackupStatus = z.infer<typeof BackupStatus>;

/**
 * The spec as the API server holds it. What people can get wrong (modes, retry fields) is not judged here:
 * a bad value must become condition Invalid with its path, not an object that cannot be read.
 */
export const BackupSpec = z.looseObject({
  mode: z.unknown().optional(),
  backupMode: z.unknown().optional(),
  backoffRetryPolicy: z.unknown().optional(),
  logSubcommand: z.string().optional(),
  logStop: z.boolean().optional(),
  logTruncateUntil: z.string().optional(),
  commitTs: z.string().optional(),
  br: z
    .looseObject({
      cluster: z.string().optional(),
      clusterNamespace: z.string().optional(),
      options: z.array(z.string()).nullish(),
    })
    .nullish(),
});
export type BackupSpec = z.infer<typeof BackupSpec>;

/** A Backup (pingcap.com/v1alpha1), as far as we read it; the rest is kept. */
export const Backup = z.looseObject({
  metadata: ObjectMeta,
  spec: BackupSpec.default({}),
  status: BackupStatus.default({}),
});
export type Backup = z.infer<typeof Backup>;
