import type { MachineMoment } from '../machine.js';
import type { DecisionCost } from './decision-costs.js';
import type { RetriedFailure } from './failures.js';
import type { Idleness } from './idle.js';
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
  readonly storm: Storm;
  /** Of incidents with two retries each. */
  readonly singleCosts: WriteCosts;
  /** Of incidents with one retry each. */
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
