import type { StoreLocation } from '../../domain/drill/drill-plan.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { DrillHost } from './drill-host.js';
import type { Rungs, WorkFolder } from './drill-session.js';
import type { Damage } from './self-test.js';

export interface DrillActivityDependencies {
  readonly host: DrillHost;
  readonly rungs: Rungs;
  readonly openStore: (location: StoreLocation) => ObjectStore;
  /** Damages what was unpacked, in a way that `--prepare` does not notice. */
  readonly damageCopy: (folder: WorkFolder, seed: number) => Promise<Damage | undefined>;
  /** Aborted when the process is told to end. */
  readonly stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
