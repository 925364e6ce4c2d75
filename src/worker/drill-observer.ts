import type { DrillObserver, Observed } from '../activities/drill/drill-watch-dependencies.js';
import { redactSecrets } from '../domain/redact.js';
import type { DrillMetrics } from '../observability/drill-metrics.js';
import type { Logger } from '../observability/logger.js';

/** What a host that observes drill plans now tells of them, as metrics; failures as log lines, once for each change. */
export function beginDrillObserver(metrics: DrillMetrics, logger: Logger): DrillObserver {
  const { show, keepOnly, end } = metrics.begin();
  const failing = new Map<string, string>();
  logger.info('observing the drill plans');
  return {
    show,
    keepOnly,
    failed: (what, failure) => {
      metrics.failed(what.step);
      const reason = redactSecrets(failure instanceof Error ? failure.message : String(failure));
      if (failing.get(keyOf(what)) === reason) return;
      failing.set(keyOf(what), reason);
      logger.warn({ ...what, reason }, 'drill plans: cannot be observed, trying again');
    },
    worked: (what) => {
      if (failing.delete(keyOf(what))) logger.info({ ...what }, 'drill plans: observed again');
    },
    ended: () => {
      end();
      logger.info('observing the drill plans no more');
    },
  };
}

function keyOf({ step, of = '' }: Observed): string {
  return `${step} ${of}`;
}
