import { createServer } from 'node:net';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from '../observability/logger.js';

/** A private port for the SDK's own metrics; ours are served together with them. */
export async function freeMetricsAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

/**
 * Sends the SDK's logs to ours, and its metrics to `metricsAddress`. Signals are handled by us: the watch must hear of
 * the end before the workers drain. The process cannot end while an installed runtime was never used: install it right
 * before connecting. A failed connection takes it down, the next one brings it up again with the same options.
 */
export function installRuntime({ logger, metricsAddress }: { logger: Logger; metricsAddress: string }): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', (entry) => logEntry(logger, entry)),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} },
      metrics: {
        prometheus: {
          bindAddress: metricsAddress,
          countersTotalSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
}

/** Our workers serve one kind of task each, on purpose. */
const ON_PURPOSE = /^No (activities|workflows|Nexus services) registered/;

function logEntry(logger: Logger, { level, message, meta }: LogEntry): void {
  // The task token is 200 characters that help nobody.
  const { taskToken: _token, ...rest } = meta ?? {};
  // What our activities and workflows say comes through the SDK's logger, with its names of who said it.
  const ours = rest['sdkComponent'] === 'activity' || rest['sdkComponent'] === 'workflow';
  const fields = { component: ours ? 'holdfast' : 'temporal', ...rest };
  switch (ON_PURPOSE.test(message) ? 'DEBUG' : level) {
    case 'TRACE':
      return logger.trace(fields, message);
    case 'DEBUG':
      return logger.debug(fields, message);
    case 'INFO':
      return logger.info(fields, message);
    case 'WARN':
      return logger.warn(fields, message);
    case 'ERROR':
      return logger.error(fields, message);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
