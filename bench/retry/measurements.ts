import type { MachineMoment } from '../machine.js';
import type { BareStorm } from './bare-storm.js';
import type { DecisionCost } from './decision-costs.js';
import type { RetriedFailure } from './failures.js';
import type { Idleness } from './idle.js';
import type { KilledWorker } from './killed-worker.js';
import type { LargeWorld, WatchedMemory } from './large-worlds.js';
import type { SingleFailures } from './single-failures.js';
import type { Stage } from './stages.js';
import type { Storm } from './storm.js';
import type { WriteCosts } from './write-costs.js';

/** Everything that one run measured. */
export interface RetryMeasurements {
  readonly before: MachineMoment;
  readonly after: MachineMoment;
  readonly first: RetriedFailure;
  readonly singles: SingleFailures;
  readonly idle: Idleness;
  readonly killed: KilledWorker;
  /** The smallest first. */
  readonly storms: readonly [Storm, ...Storm[]];
  /** The smallest storm again, without Temporal and the worker. */
  readonly bare: BareStorm;
  /** Empty where the run was a short one. */
  readonly large: readonly LargeWorld[];
  /** Absent where the run was a short one. */
  readonly memory?: WatchedMemory | undefined;
  /** Of incidents with two retries each. */
  readonly singleCosts: WriteCosts;
  /** Of incidents with one retry each, those of the first storm. */
  readonly stormCosts: WriteCosts;
  /** History events from one restart to the next. */
  readonly eventsPerRetry: readonly number[];
  readonly recordStages: readonly Stage[];
  readonly retryStages: readonly Stage[];
  readonly decisions: readonly DecisionCost[];
  /** Bytes of one record without the text of its reasons. */
  readonly recordBytes: number;
  readonly anomalies: readonly string[];
}
