import type { Registry } from 'prom-client';
import { z } from 'zod';
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

/** Every metric of ours, from the very registries that a worker serves; those of the Temporal SDK are its own. */
export function metricCatalog(): readonly CatalogMetric[] {
  const worker = createWorkerMetrics({ cluster: 'any' });
  const ofProcess = worker.registries();
  worker.beginWatch();
  const ofWatches = worker.registries().filter((registry) => !ofProcess.includes(registry));
  return [
    ...ofProcess.flatMap((registry) => metricsOf(registry, [])),
    ...ofWatches.flatMap((registry) => metricsOf(registry, ['cluster'])),
  ];
}

function metricsOf(registry: Registry, defaultLabels: readonly string[]): CatalogMetric[] {
  return registry.getMetricsAsArray().map((metric) => {
    const { labelNames, ...rest } = RegisteredMetric.parse(metric);
    return { ...rest, labels: [...labelNames, ...defaultLabels] };
  });
}
