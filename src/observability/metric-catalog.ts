import type { Registry } from 'prom-client';
import { z } from 'zod';
import { createDrillMetrics } from './drill-metrics.js';
import { createWorkerMetrics } from './metrics.js';

/** One metric that a worker may serve, as its registry has it. */
export interface CatalogMetric {
  /** Without what a histogram adds: `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** In the order of their declaration; `cluster` last where the holder of a watch serves it. */
  readonly labels: readonly string[];
}

/** prom-client's own types leave out the labels. */
const RegisteredMetric = z.object({
  name: z.string(),
  type: z.enum(['counter', 'gauge', 'histogram']),
  help: z.string(),
  labelNames: z.array(z.string()),
});

/** What serves metrics: those of every process, and, once it has begun, those of who holds a watch. */
interface MetricSource {
  registries(): readonly Registry[];
  begin(): unknown;
}

/** Every metric of ours, from the very registries that a worker serves; those of the Temporal SDK are its own. */
export function metricCatalog(): readonly CatalogMetric[] {
  const worker = createWorkerMetrics({ cluster: 'any' });
  const drills = createDrillMetrics({ cluster: 'any' });
  return [{ registries: worker.registries, begin: worker.beginWatch }, drills].flatMap(metricsOf);
}

function metricsOf(source: MetricSource): CatalogMetric[] {
  const ofProcess = source.registries();
  source.begin();
  return source.registries().flatMap((registry) => {
    const defaultLabels = ofProcess.includes(registry) ? [] : ['cluster'];
    return registry.getMetricsAsArray().map((metric) => {
      const { labelNames, ...rest } = RegisteredMetric.parse(metric);
      return { ...rest, labels: [...labelNames, ...defaultLabels] };
    });
  });
}
