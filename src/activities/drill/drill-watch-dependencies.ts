import type { StoreLocation } from '../../domain/drill/drill-plan.js';
import type { DrillPlanMetrics, ScheduledPlan } from '../../domain/drill/drill-plan-metrics.js';
import type { ObjectStore } from '../../storage/object-store.js';

export const OBSERVE_STEPS = ['list', 'running', 'schedule', 'ledger', 'report'] as const;
/** Of the Schedules of the cluster, of its running drills, and of one plan each. */
export type ObserveStep = (typeof OBSERVE_STEPS)[number];

export interface Observed {
  readonly step: ObserveStep;
  /** A plan, or the place of a ledger; absent where it is about all of them. */
  readonly of?: string;
}

/** Where the observer tells what it sees. One for each time that this process gets to observe. */
export interface DrillObserver {
  /** Adds to what is shown of a plan. */
  show(plan: string, change: DrillPlanMetrics): void;
  /** All other plans are gone. */
  keepOnly(plans: ReadonlySet<string>): void;
  failed(what: Observed, failure: unknown): void;
  worked(what: Observed): void;
  ended(): void;
}

/** Plans and their Schedules, as Temporal knows them. Each call ends within a deadline. */
export interface DrillPlansGateway {
  names(cluster: string): Promise<readonly string[]>;
  /** `undefined`: it is gone. */
  scheduled(name: { cluster: string; plan: string }): Promise<ScheduledPlan | undefined>;
  /** Start of the oldest running drill of each plan that has one, milliseconds since the epoch. */
  running(cluster: string): Promise<ReadonlyMap<string, number>>;
}

export interface DrillWatchDependencies {
  readonly plans: DrillPlansGateway;
  readonly openStore: (location: StoreLocation) => ObjectStore;
  readonly beginObserver: () => DrillObserver;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Default: 15 s. */
  readonly everyMs?: number;
}

/** Makes an attempt, and tells the observer how it went. `undefined`: it failed. */
export type Attempt = <T>(what: Observed, ask: () => Promise<T>) => Promise<T | undefined>;
