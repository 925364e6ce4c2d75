import { z } from 'zod';
import { StorageSpec } from './storage-spec.js';

/** `spec.br`: what BR itself is told. Numbers and switches that are absent are left to BR. */
export const BrOptions = z.looseObject({
  cluster: z.string(),
  clusterNamespace: z.string().optional(),
  db: z.string().optional(),
  table: z.string().optional(),
  logLevel: z.string().optional(),
  statusAddr: z.string().optional(),
  sendCredToTikv: z.boolean().optional(),
  concurrency: z.number().optional(),
  /** MiB per second and TiKV. */
  rateLimit: z.number().optional(),
  timeAgo: z.string().optional(),
  checksum: z.boolean().optional(),
  checkRequirements: z.boolean().optional(),
  /** Restores only: while the cluster serves. */
  onLine: z.boolean().optional(),
  /** Further arguments, after all others. */
  options: z.array(z.string()).nullish(),
});
export type BrOptions = z.infer<typeof BrOptions>;

/** The part of a Backup's or Restore's spec from which BR's arguments are made. */
export const BrSpec = StorageSpec.extend({
  br: BrOptions,
  backupType: z.string().optional(),
  tableFilter: z.array(z.string()).nullish(),
});
export type BrSpec = z.infer<typeof BrSpec>;
