import { defineQuery } from '@temporalio/workflow';
import type { SelectedBackup } from '../domain/drill/drill-input.js';
import type { DrilledBackup } from '../domain/drill/drilled-backups.js';
import type { RungName, RungResult } from '../domain/drill/rung.js';
import type { DrillVerdict } from '../domain/drill/verdict.js';

export type DrillPhase = 'Selecting' | 'Opening' | 'Running' | 'Closing' | 'Recording' | 'Done';

/** What one drill is doing. */
export interface DrillView {
  readonly phase: DrillPhase;
  /** One sentence. */
  readonly summary: string;
  readonly plan: string;
  readonly backup?: SelectedBackup;
  /** Backups that the same plan had drilled before this one, where it selects `every-new`. */
  readonly drilled?: readonly DrilledBackup[];
  /** The host that it is on. */
  readonly host?: string;
  /** The rung that runs, and since when: milliseconds since the epoch. */
  readonly running?: { readonly rung: RungName; readonly startedMs: number };
  /** Those that have ended, on this host. */
  readonly rungs: readonly RungResult[];
  readonly verdict?: DrillVerdict;
}

/** Query `status` of `runRestoreDrill`. */
export const drillStatus = defineQuery<DrillView>('status');
