import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { IncidentPhase } from '../../../src/domain/retry/review.js';

/** "Look again": carries nothing, because the activities decide from live reads. */
export const nudge = defineSignal('nudge');

/** What one open incident is doing. Times are RFC 3339 UTC. */
export interface IncidentStatus {
  readonly phase: IncidentPhase;
  /** One sentence: what happened, what it waits for. */
  readonly summary: string;
  /** Why the last judged run failed. */
  readonly lastFailure?: string;
  readonly retryNum: number;
  readonly maxRetries?: number;
  readonly nextActionAt?: string;
}

/** Query `status` of `superviseBackup`. */
export const status = defineQuery<IncidentStatus>('status');
