import { z } from 'zod';
import { DrillPlan } from './drill-plan.js';

/** Input of the workflow `runRestoreDrill`. */
export const RunRestoreDrillInput = z.strictObject({
  /** `HOLDFAST_CLUSTER` of the drill hosts: part of ids, queues and metrics. */
  cluster: z.string().min(1),
  plan: DrillPlan,
  /** Overrides the plan's selection. */
  backup: z.string().min(1).optional(),
  /** Damages the scratch copy after the download: the drill has to fail (a test of the drill itself). */
  selfTest: z.boolean().default(false),
  collectAll: z.boolean().optional(),
});
export type RunRestoreDrillInput = z.output<typeof RunRestoreDrillInput>;

/** Which backup a drill is about: the folder of its objects. */
export interface BackupReference {
  /** `20261121T020000Z`, or whatever the folder is called. */
  readonly id: string;
  /** Key prefix of its objects, ends in `/`. */
  readonly prefix: string;
}

/** The backup that was chosen, and what its name tells. */
export interface SelectedBackup extends BackupReference {
  /** When it was taken, milliseconds since the epoch. */
  readonly takenMs?: number;
}
