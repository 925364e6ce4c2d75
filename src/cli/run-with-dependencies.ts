import { inspect } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import type { CliDependencies } from './dependencies.js';
import type { Environment } from './environment.js';
import type { ExitCode } from './exit-codes.js';
import { explainFailure } from './explain-failure.js';
import type { KubernetesAccess } from './kubernetes-access.js';
import { processOutput } from './output.js';
import { readSettings } from './settings.js';
import type { TemporalAccess } from './temporal-access.js';

interface Surroundings extends Pick<CliDependencies, 'onInterrupt'> {
  readonly environment: Environment;
  readonly verbose: boolean;
}

/** Runs a command on real servers, reached when it asks for them; every failure becomes one line and an exit code. */
export async function runWithDependencies(
  run: (deps: CliDependencies) => Promise<ExitCode>,
  { environment, verbose, onInterrupt }: Surroundings,
): Promise<ExitCode> {
  let kubernetes: Promise<KubernetesAccess> | undefined;
  let temporal: Promise<TemporalAccess> | undefined;
  try {
    const settings = readSettings(environment);
    const output = processOutput(environment);
    return await run({
      settings,
      output,
      now: Date.now,
      pause: (durationMs) => pause(durationMs),
      onInterrupt,
      kubernetes: (options) =>
        (kubernetes ??= import('./kubernetes-access.js').then(({ openKubernetes }) =>
          openKubernetes(settings, { ...options, say: output.say }),
        )),
      temporal: (options) =>
        (temporal ??= import('./temporal-access.js').then(({ openTemporal }) =>
          openTemporal(settings, options),
        )),
      openStore: async (location) => (await import('../storage/s3-store.js')).createS3Store(location),
    });
  } catch (failure) {
    const access = await kubernetes?.catch(() => undefined);
    const { message, exitCode } = explainFailure(failure, access?.serverUrl);
    process.stderr.write(`holdfast: ${message}\n${verbose ? `${inspect(failure)}\n` : ''}`);
    return exitCode;
  } finally {
    for (const opened of await Promise.allSettled([kubernetes, temporal])) {
      if (opened.status === 'fulfilled') await opened.value?.close();
    }
  }
}
