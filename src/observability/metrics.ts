import { Counter, Gauge, Registry } from 'prom-client';
import { createApiMetrics, type ApiMetrics } from './api-metrics.js';
import { createEventMetrics, type EventMetrics } from './event-metrics.js';
import { createHeldRegistry } from './held-registry.js';
import { createRestoreMetrics, type RestoreMetrics } from './restore-metrics.js';
import { createRetryMetrics, type RetryMetrics } from './retry-metrics.js';

/** Metrics of the process itself; what the Temporal SDK measures is added where they are served. */
export interface WorkerMetrics {
  readonly watchFailures: Counter<'step'>;
  readonly api: ApiMetrics;
  readonly events: EventMetrics;
  /** Everything to serve now. */
  registries(): readonly Registry[];
  /** Begins the series of a watch that this process has got; those of one before it are served no more. */
  beginWatch(): WatchMetrics;
}

/** What only the process that holds the watch can tell. Two that tell it would count everything twice. */
export interface WatchMetrics {
  /** Epoch seconds of the last sign of life of each watch. */
  readonly alive: Gauge<'resource'>;
  readonly objects: Gauge<'resource'>;
  readonly retries: RetryMetrics;
  readonly restores: RestoreMetrics;
  /** The watch has ended: none of its series is served any more. */
  end(): void;
}

/** @param cluster label of every series of a watch: `HOLDFAST_CLUSTER` */
export function createWorkerMetrics({ cluster }: { cluster: string }): WorkerMetrics {
  const registry = new Registry();
  const watches = new Counter({
    name: 'holdfast_watch_restarts_total',
    help: 'Runs of the watch that this process began.',
    registers: [registry],
  });
  const held = createHeldRegistry({ cluster });
  return {
    watchFailures: new Counter({
      name: 'holdfast_watch_failures_total',
      help: 'Steps of the watch that failed and were tried again.',
      labelNames: ['step'],
      registers: [registry],
    }),
    api: createApiMetrics(registry),
    events: createEventMetrics(registry),
    registries: () => [registry, ...held.current()],
    beginWatch: () => {
      watches.inc();
      const { registry: own, end } = held.begin();
      return { ...watchMetrics(own), end };
    },
  };
}

function watchMetrics(registry: Registry): Omit<WatchMetrics, 'end'> {
  const registers = [registry];
  new Gauge({
    name: 'holdfast_watch_started_timestamp_seconds',
    help: 'When this run of the watch began.',
    registers,
  }).setToCurrentTime();
  return {
    alive: new Gauge({
      name: 'holdfast_watch_last_event_timestamp_seconds',
      help: 'When the watch of this kind of object last heard from the API server; the oldest of its namespaces.',
      labelNames: ['resource'],
      registers,
    }),
    objects: new Gauge({
      name: 'holdfast_watch_objects',
      help: 'Objects of this kind that the watch knows.',
      labelNames: ['resource'],
      registers,
    }),
    retries: createRetryMetrics(registry),
    restores: createRestoreMetrics(registry),
  };
}
