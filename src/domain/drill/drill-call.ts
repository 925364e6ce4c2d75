import { z } from 'zod';
import { RunRestoreDrillInput, type SelectedBackup } from './drill-input.js';
import { DrillFactsShape, DrillReport } from './drill-report.js';
import { RUNGS } from './rung.js';

/** What the workflow `runRestoreDrill` asks of drill hosts; their answers beside it. */

export const SelectBackupsCall = z.strictObject({ input: RunRestoreDrillInput });
export type SelectBackupsCall = z.input<typeof SelectBackupsCall>;

export interface BackupSelection {
  /** As the workflow goes on with it: whole, with defaults and overrides in it. */
  readonly input: RunRestoreDrillInput;
  /** What is to be drilled, in this order. */
  readonly backups: readonly SelectedBackup[];
}

/** One stay of one drill on one host. */
export const DrillSessionKey = z.strictObject({
  workflowId: z.string().min(1),
  runId: z.string().min(1),
  /** 1, and one more each time the drill moves to another host. */
  session: z.number().int().positive(),
});
export type DrillSessionKey = z.output<typeof DrillSessionKey>;

export interface OpenedSession {
  readonly host: string;
  /** Only this host polls it. */
  readonly taskQueue: string;
}

export const DamageCopyCall = z.strictObject({ key: DrillSessionKey, seed: z.number().int().nonnegative() });
export type DamageCopyCall = z.output<typeof DamageCopyCall>;

export const RunRungCall = z.strictObject({
  key: DrillSessionKey,
  input: RunRestoreDrillInput,
  backup: z.strictObject({ id: z.string().min(1), prefix: z.string().min(1) }),
  rung: z.enum(RUNGS),
  facts: DrillFactsShape,
});
export type RunRungCall = z.output<typeof RunRungCall>;

export const RecordDrillCall = z.strictObject({ input: RunRestoreDrillInput, report: DrillReport });
export type RecordDrillCall = z.output<typeof RecordDrillCall>;

/**
 * Types of the failures with which a drill host ends an activity. The host is given up: `HostStopping`, `SessionLost`.
 * Repeated first: `StoreUnreachable`, `RungBroke`, `HostBusy`. For good: `StoreRefused`, `InvalidInput`.
 */
export type DrillFailureType =
  | 'HostStopping'
  | 'SessionLost'
  | 'HostBusy'
  | 'StoreUnreachable'
  | 'StoreRefused'
  | 'RungBroke'
  | 'InvalidInput';
