import type { RetryObserver } from '../kubernetes/retried-call.js';
import type { Logger } from '../observability/logger.js';
import type { WorkerMetrics } from '../observability/metrics.js';

/** Where the worker tells of calls that it repeats itself: its log and its metrics. */
export function retryObserver(metrics: WorkerMetrics, logger: Logger): RetryObserver {
  return {
    line: (level, text) => logger[level]({ component: 'holdfast' }, text),
    failedAttempt: ({ failure, retried }) => {
      if (retried) metrics.api.retried(failure.causeOfFailure);
    },
  };
}
