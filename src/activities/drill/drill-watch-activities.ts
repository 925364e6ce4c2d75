import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { WatchDrillPlansInput } from '../../domain/drill/watch-drill-plans-input.js';
import type { DrillWatchDependencies } from './drill-watch-dependencies.js';
import { observeDrillPlans } from './observe-drill-plans.js';

/** Well below the heartbeat time-out: a host that is dead is replaced. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/** The activity of `watchDrillPlans`. Its name is wire contract. */
export interface DrillWatchActivities {
  /** Runs until the worker stops; resolves only then. @throws ApplicationFailure `InvalidInput` */
  observeDrillPlans(input: WatchDrillPlansInput): Promise<Record<string, never>>;
}

export function createDrillWatchActivities(
  deps: DrillWatchDependencies & { readonly stopping: AbortSignal },
): DrillWatchActivities {
  return {
    observeDrillPlans: async (received) => {
      const parsed = WatchDrillPlansInput.safeParse(received);
      if (!parsed.success) {
        throw ApplicationFailure.nonRetryable(z.prettifyError(parsed.error), 'InvalidInput');
      }
      const beat = setInterval(() => heartbeat(), HEARTBEAT_INTERVAL_MS);
      try {
        const signal = AbortSignal.any([deps.stopping, cancellationSignal()]);
        await observeDrillPlans(deps, { ...parsed.data, signal });
        return {};
      } finally {
        clearInterval(beat);
      }
    },
  };
}
