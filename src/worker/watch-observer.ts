import type { WatchObserver } from '../activities/watch/dependencies.js';
import type { Logger } from '../observability/logger.js';
import type { WorkerMetrics } from '../observability/metrics.js';

/** What the watch tells about itself, as metrics and log lines. */
export function watchObserver(metrics: WorkerMetrics, logger: Logger): WatchObserver {
  return {
    alive: ({ resource, objects }) => {
      metrics.watchAlive.set({ resource }, Date.now() / 1_000);
      metrics.watchedObjects.set({ resource }, objects);
    },
    failed: (step, failure) => {
      metrics.watchFailures.inc({ step: step.split(/[/ ]/)[0] ?? step });
      logger.warn(
        { step, reason: failure instanceof Error ? failure.message : String(failure) },
        'watch: trying again',
      );
    },
  };
}
