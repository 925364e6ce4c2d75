import type { RestoreJobStep } from './restore-step.js';

/** What the activities tell the workflow: plain JSON, small. */

/** Where a restore is, for the search attribute `HoldfastPhase` and the query `status`. */
export type RestorePhase =
  | 'Reviewing'
  | 'Waiting'
  | 'SnapshotRestore'
  | 'LogRestore'
  | 'Running'
  | 'Stopping'
  | 'Pruning'
  | 'Complete'
  | 'Failed'
  | 'Invalid'
  | 'Deleted'
  | 'Left';

export type RestoreOutcome = Extract<RestorePhase, 'Complete' | 'Failed' | 'Invalid' | 'Deleted' | 'Left'>;

interface Told {
  /** One sentence for people. */
  readonly summary: string;
  /** Lines for the current details: the snapshot, the compaction, what is waited for. */
  readonly details: readonly string[];
}

/** What a review of the live objects asks the workflow to do next. */
export type RestoreReview =
  | (Told & { readonly next: 'Done'; readonly outcome: RestoreOutcome })
  | (Told & { readonly next: 'Await'; readonly phase: RestorePhase; readonly recheckAfterMs?: number })
  /** Of workers of 0.3.0: every review creates the Job itself. */
  | (Told & { readonly next: 'CreateJob'; readonly step: RestoreJobStep })
  | (Told & { readonly next: 'StopJobs'; readonly steps: readonly RestoreJobStep[] });
