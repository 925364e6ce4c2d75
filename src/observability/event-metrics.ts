import { Counter, type Registry } from 'prom-client';

/** The Kubernetes Events that this process wrote. */
export interface EventMetrics {
  /** Creates the counter at 0, so that its first increment is seen as one. */
  touch(event: { object: string; reason: string }): void;
  /** @param event `object`: kind of the object that it is about, in lower case; `reason`: one of a closed list */
  written(event: { object: string; reason: string }): void;
}

export function createEventMetrics(registry: Registry): EventMetrics {
  const events = new Counter({
    name: 'holdfast_kubernetes_events_total',
    help: 'Kubernetes Events written, by reason and kind of the object; one that was there already is not counted.',
    labelNames: ['reason', 'object'],
    registers: [registry],
  });
  return {
    touch: ({ reason, object }) => events.inc({ reason, object }, 0),
    written: ({ reason, object }) => events.inc({ reason, object }),
  };
}
