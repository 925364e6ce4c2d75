import { createLogger, type Logger } from '../observability/logger.js';
import { loadConnection, type KubernetesConnection } from '../kubernetes/connection.js';
import {
  InvalidEnvironment,
  NAME_EXPECTED,
  NAME_PATTERN,
  parseWorkerConfig,
  type WorkerConfig,
} from './config.js';
import { serve } from './serve.js';

/**
 * Runs a worker until SIGTERM or SIGINT.
 * @returns the exit code: 0 after a clean shutdown, 2 for an environment that cannot be used
 */
export async function runWorker(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const settings = readEnvironment(environment);
  if ('problem' in settings) {
    process.stderr.write(
      `holdfast worker: the environment cannot be used\n  ${settings.problem.replaceAll('; ', '\n  ')}\n`,
    );
    return 2;
  }
  const logger = createLogger({ level: settings.config.logLevel, format: settings.config.logFormat });
  await serve({ ...settings, logger, environment, stopping: stopSignal(logger) });
  logger.info('stopped');
  return 0;
}

interface Settings {
  readonly config: WorkerConfig;
  readonly kubernetes: KubernetesConnection;
  readonly cluster: string;
}

function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Settings | { problem: string } {
  try {
    const config = parseWorkerConfig(environment, { isTerminal: process.stdout.isTTY });
    const kubernetes = loadConnection({ kubeconfig: config.kubeconfig, context: config.kubeContext });
    const cluster = config.cluster ?? kubernetes.contextName;
    if (cluster === undefined) {
      throw new InvalidEnvironment(
        'HOLDFAST_CLUSTER: received "", expected a name, because no kubeconfig context gives one',
      );
    }
    if (!NAME_PATTERN.test(cluster)) {
      throw new InvalidEnvironment(
        `HOLDFAST_CLUSTER: received "" and the kubeconfig context "${cluster}", ${NAME_EXPECTED}: set HOLDFAST_CLUSTER`,
      );
    }
    return { config, kubernetes, cluster };
  } catch (failure) {
    if (failure instanceof InvalidEnvironment) return { problem: failure.message };
    // Everything else here comes from reading the kubeconfig that the environment names.
    return { problem: `KUBECONFIG: ${failure instanceof Error ? failure.message : String(failure)}` };
  }
}

function stopSignal(logger: Logger): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'stopping');
      stopping.abort();
    });
  }
  return stopping.signal;
}
