import type { BadEndReason } from './decision.js';
import type { RetryMetricState } from './metric-state.js';

/** Where one Backup stands; read from its CR alone, so that a new watch shows the same as the one before. */
export interface RetryGauges {
  /** Number of the retry that is pending or running; 0 where no incident is open. */
  readonly current: number;
  /** When the pending retry is due, epoch seconds; no series without one. */
  readonly nextSeconds: number | undefined;
  /** First failure of the open incident, epoch seconds; no series without one. */
  readonly startedSeconds: number | undefined;
  /** 1 from the end of the budget (count or time) until a run succeeds or an incident is opened again. */
  readonly exhausted: 0 | 1;
  /** Why the last incident ended badly; no series without a reason. */
  readonly failed: BadEndReason | undefined;
  /** When it did, epoch seconds. */
  readonly failedSeconds: number | undefined;
}

export function retryGaugesOf(state: RetryMetricState): RetryGauges {
  // An invalid spec interrupts an incident; it does not end it.
  const open = state.incidentState === 'open' || state.incidentState === 'invalid';
  return {
    current: open ? state.retries : 0,
    nextSeconds: inSeconds(state.nextRetryMs),
    startedSeconds: open ? inSeconds(state.firstFailedMs) : undefined,
    exhausted: state.badEnd === 'RetryExhausted' || state.badEnd === 'RetryTimeout' ? 1 : 0,
    failed: state.badEnd,
    failedSeconds: inSeconds(state.badEndMs),
  };
}

function inSeconds(epochMs: number | undefined): number | undefined {
  return epochMs === undefined ? undefined : epochMs / 1_000;
}
