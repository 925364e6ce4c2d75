import { Counter, Gauge, Registry } from 'prom-client';

/** Metrics of the process itself; what the Temporal SDK measures is added where they are served. */
export interface WorkerMetrics {
  readonly registry: Registry;
  /** Epoch seconds of the last sign of life of each watch. */
  readonly watchAlive: Gauge<'resource'>;
  readonly watchedObjects: Gauge<'resource'>;
  readonly watchFailures: Counter<'step'>;
}

export function createWorkerMetrics(): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    watchAlive: new Gauge({
      name: 'holdfast_watch_last_event_timestamp_seconds',
      help: 'When the watch of this kind of object last heard from the API server.',
      labelNames: ['resource'],
      registers,
    }),
    watchedObjects: new Gauge({
      name: 'holdfast_watch_objects',
      help: 'Objects of this kind that the watch knows.',
      labelNames: ['resource'],
      registers,
    }),
    watchFailures: new Counter({
      name: 'holdfast_watch_failures_total',
      help: 'Steps of the watch that failed and were tried again.',
      labelNames: ['step'],
      registers,
    }),
  };
}
