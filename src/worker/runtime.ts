import { createServer } from 'node:net';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from '../observability/logger.js';

/**
 * Sends the SDK's logs to ours, and its metrics to a private port, whose URL is returned. Signals are handled by us:
 * the watch must hear of the end before the workers drain.
 */
export async function installRuntime(logger: Logger): Promise<{ metricsUrl: string }> {
  const port = await freePort();
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', (entry) => logEntry(logger, entry)),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} },
      metrics: {
        prometheus: {
          bindAddress: `127.0.0.1:${port}`,
          countersTotalSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
  return { metricsUrl: `http://127.0.0.1:${port}/metrics` };
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
