import type { DefineCommand } from './command-definition.js';

export const define: DefineCommand = (command, { withEnvironment }) => {
  command
    .addHelpText(
      'after',
      `
Configured by the environment (HOLDFAST_*, TEMPORAL_*, KUBECONFIG); a wrong one: every problem at once, exit code 2.
While Temporal or Kubernetes does not answer, the worker waits.

Example:
  HOLDFAST_CLUSTER=prod-eu holdfast worker --temporal-address temporal.internal:7233`,
    )
    .action(() =>
      withEnvironment(async (environment) => {
        // Only here: the worker loads Temporal's native core, which no other command needs.
        const { runWorker } = await import('../../worker/main.js');
        return (await runWorker(environment)) === 0 ? 0 : 2;
      }),
    );
};
