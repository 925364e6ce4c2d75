import { defineQuery } from '@temporalio/workflow';
import type { StressLog } from '../domain/stress/stress-progress.js';
import type { StressReport } from '../domain/stress/stress-report.js';
import type { StressPhase } from '../domain/stress/stress-result.js';

/**
 * What one run is doing. While it creates, the numbers are in the heartbeat of its activity, where they cost no
 * history; `report` is there once it has ended to create, also in a run that was cancelled.
 */
export interface StressView {
  readonly phase: StressPhase;
  /** One sentence. */
  readonly summary: string;
  readonly report?: StressReport;
  /** The newest log lines of the creation, once it has ended. */
  readonly log?: StressLog;
}

/** Query `status` of `stressCluster`. */
export const stressStatus = defineQuery<StressView>('status');
