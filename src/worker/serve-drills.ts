import { ALL_RUNGS } from '../activities/drill/all-rungs.js';
import { damageCopy } from '../activities/drill/self-test.js';
import { createS3Store } from '../storage/s3-store.js';
import { startDrillService, type DrillService, type DrillServiceOptions } from './drill-service.js';
import { startDrillWatch, type DrillWatchOptions } from './drill-watch.js';

type ServeDrillsOptions = Omit<DrillServiceOptions, 'means' | 'work'> &
  Pick<DrillWatchOptions, 'cluster' | 'metrics'> & {
    /** `undefined`: this process is no drill host. */
    readonly work: DrillServiceOptions['work'] | undefined;
  };

/** @returns `undefined` for a process that is no drill host, or was told to end before it began */
export async function serveDrills({
  work,
  ...options
}: ServeDrillsOptions): Promise<DrillService | undefined> {
  if (work === undefined) return undefined;
  const openStore = createS3Store;
  const service = await startDrillService({
    ...options,
    work,
    means: { rungs: ALL_RUNGS, openStore, damageCopy },
  });
  if (service === undefined) return undefined;
  const watch = await startDrillWatch({ ...options, openStore });
  return { ...service, workers: [...service.workers, watch] };
}
