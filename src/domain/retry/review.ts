/** What the activities tell the workflow: plain JSON, small. */

/** Where an incident is; the search attribute `HoldfastPhase` and the query `status` show it. */
export type IncidentPhase =
  | 'Reviewing'
  | 'Starting'
  | 'Blocked'
  | 'Waiting'
  | 'Restarting'
  | 'Running'
  | 'Succeeded'
  | 'Failed'
  | 'Invalid'
  | 'Left';

/** How one run of `superviseBackup` ended. */
export type IncidentOutcome = Extract<IncidentPhase, 'Succeeded' | 'Failed' | 'Invalid' | 'Left'> | 'Started';

/** What a review of the live objects asks the workflow to do next. `summary` is one sentence for people. */
export type Review =
  | { readonly next: 'Done'; readonly outcome: IncidentOutcome; readonly summary: string }
  | { readonly next: 'CreateFirstJob'; readonly summary: string }
  | { readonly next: 'Await'; readonly summary: string; readonly recheckAfterMs?: number }
  | RetryReview;

/** A failure is recorded, and its retry is due at `dueMs`. */
export interface RetryReview {
  readonly next: 'Retry';
  readonly retryNum: number;
  readonly maxRetries: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
  readonly reason: string;
  readonly summary: string;
}

/** What became of a first run or a restart. */
export type StartResult =
  | { readonly result: 'Started'; readonly summary: string }
  /** The world has moved on since the review: review again. */
  | { readonly result: 'Superseded'; readonly summary: string }
  /** Something is missing that somebody must bring; look again after `recheckAfterMs`, or on a nudge. */
  | { readonly result: 'Blocked'; readonly summary: string; readonly recheckAfterMs: number };
