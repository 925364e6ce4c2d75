import type { ProcessGroup } from '../dev/processes/process-group.js';

export interface BenchmarkOptions {
  /** Whether to measure also what takes many minutes. */
  readonly full: boolean;
  /** Every server is started in it; its owner stops it. */
  readonly group: ProcessGroup;
  /** Tells how far it is. */
  readonly say: (line: string) => void;
}

export interface BenchmarkOutcome {
  /** What was measured, as Markdown that also reads well in a terminal. */
  readonly report: string;
  /** What must never happen and did, one sentence each. A limit that was missed is in the report, not here. */
  readonly anomalies: readonly string[];
}

/** @throws Error when something could not be measured */
export type Benchmark = (options: BenchmarkOptions) => Promise<BenchmarkOutcome>;
