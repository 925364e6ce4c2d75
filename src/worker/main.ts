import { createLogger, type Logger } from '../observability/logger.js';
import { loadConnection, type KubernetesConnection } from '../kubernetes/connection.js';
import { temporalSettings, type TemporalSettings } from '../temporal/connection-settings.js';
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
  if ('problems' in settings) {
    const lines = settings.problems.flatMap((problem) => problem.split('; '));
    process.stderr.write(`holdfast worker: the environment cannot be used\n  ${lines.join('\n  ')}\n`);
    return 2;
  }
  const logger = createLogger({ level: settings.config.logLevel, format: settings.config.logFormat });
  await serve({ ...settings, logger, stopping: stopSignal(logger) });
  logger.info('stopped');
  return 0;
}

interface Settings {
  readonly config: WorkerConfig;
  /** `undefined`: no role asks for it. */
  readonly kubernetes: KubernetesConnection | undefined;
  readonly cluster: string;
  readonly temporal: TemporalSettings;
}

/** Each part is read, so that the problems of all of them are told together. */
function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Settings | { problems: readonly string[] } {
  const problems: string[] = [];
  const read = <T>(name: string, part: () => T): T | undefined => {
    try {
      return part();
    } catch (failure) {
      const message = failure instanceof Error ? failure.message : String(failure);
      problems.push(failure instanceof InvalidEnvironment ? message : `${name}: ${message}`);
      return undefined;
    }
  };
  const config = read('HOLDFAST_*', () =>
    parseWorkerConfig(environment, { isTerminal: process.stdout.isTTY }),
  );
  // Also where another variable is wrong: two of its values are paths and names that need no judging.
  const { kubeconfig, kubeContext } = config ?? {
    kubeconfig: environment['KUBECONFIG'] || undefined,
    kubeContext: environment['HOLDFAST_KUBE_CONTEXT'] || undefined,
  };
  const drillsOnly = config?.roles.every((role) => role === 'drill') ?? false;
  const kubernetes = drillsOnly
    ? undefined
    : read('KUBECONFIG', () =>
        loadConnection({ kubeconfig, context: kubeContext, limit: config?.kubeLimit }),
      );
  const temporal = read('TEMPORAL_*', () => temporalSettings(environment));
  const hasKubernetes = drillsOnly || kubernetes !== undefined;
  const cluster = config && hasKubernetes && read('HOLDFAST_CLUSTER', () => clusterName(config, kubernetes));
  if (config && hasKubernetes && temporal && typeof cluster === 'string') {
    return { config, kubernetes, temporal, cluster };
  }
  return { problems };
}

function clusterName(config: WorkerConfig, kubernetes: KubernetesConnection | undefined): string {
  const cluster = config.cluster ?? kubernetes?.contextName;
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
  return cluster;
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
