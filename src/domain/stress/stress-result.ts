import type { StressLog } from './stress-progress.js';
import type { StressReport } from './stress-report.js';

/** How a run ended; `Cleaned` only where nothing was to be created. A cancelled workflow has no result. */
export type StressOutcome = 'Complete' | 'Partial' | 'Failed' | 'Cleaned';

/** What is going on, or how it ended. */
export type StressPhase = 'Creating' | 'CleaningUp' | 'Cancelled' | StressOutcome;

/** What the deletion of a run's namespaces came to. */
export interface StressCleanup {
  /** Namespaces of the run that are still there; empty = done. */
  readonly remaining: readonly string[];
  /** Why it was given up. */
  readonly failure?: string;
}

export interface StressResult {
  readonly outcome: StressOutcome;
  /** One sentence. */
  readonly summary: string;
  /** Absent where nothing was to be created. */
  readonly report?: StressReport;
  /** Absent where everything was kept. */
  readonly cleanup?: StressCleanup;
  /** The newest log lines. */
  readonly log?: StressLog;
}
