import { Counter, type Registry } from 'prom-client';

/** Every request of this process to the API server, and every repetition. */
export interface ApiMetrics {
  /** @param attempt `status` of the answer; `undefined` where none came */
  attempted(attempt: { verb: string; resource: string; status: number | undefined }): void;
  /** Creates the counter at 0, so that its first increment is seen as one. */
  touch(reason: string): void;
  /** @param reason one of a closed list */
  retried(reason: string): void;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const attempts = new Counter({
    name: 'holdfast_api_attempts_total',
    help: 'Requests to the API server, repetitions included; code is the HTTP status, or <error> where no answer came.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  const retries = new Counter({
    name: 'holdfast_api_retries_total',
    help: 'Calls to the API server that failed and were repeated, by the reason of the failure.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    attempted: ({ verb, resource, status }) =>
      // As client-go counts it, so that one query serves both.
      attempts.inc({ verb, resource, code: status === undefined ? '<error>' : String(status) }),
    touch: (reason) => retries.inc({ reason }, 0),
    retried: (reason) => retries.inc({ reason }),
  };
}
