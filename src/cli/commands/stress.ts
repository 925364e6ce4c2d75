import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { stressWorkflowId } from '../../domain/names.js';
import type { StressClusterInput } from '../../domain/stress/stress-input.js';
import { planStress } from '../../domain/stress/stress-plan.js';
import { clusterUidOf } from '../../kubernetes/cluster-identity.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { requireCluster, type KubernetesAccess } from '../kubernetes-access.js';
import { renderStressPlan, shownStressPlan } from '../render/stress-plan.js';
import { requireKnownCluster } from '../stress/known-cluster.js';
import { namespacesByRun, onlyRunLeft } from '../stress/runs-to-clean.js';
import { followStress } from '../stress/follow-stress.js';
import { openStressLogFile } from '../stress/stress-log-file.js';
import { outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';
import { runArgument, stressWorkFrom, withStressWork, type StressWorkOptions } from './stress-options.js';

const FORMATS = ['table', 'json'] as const;

export interface StressArguments extends StressWorkOptions {
  readonly run?: string;
  readonly keep?: boolean;
  /** Deletes what a run has left instead of creating anything. */
  readonly cleanup?: boolean;
  readonly logFile?: string;
  readonly iKnowThisCluster?: string;
  readonly wait: boolean;
  /** Milliseconds; only with `wait`. */
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  withStressWork(command)
    .addOption(
      new Option('--run <id>', 'name of the run: one that exists is attached to').argParser(runArgument),
    )
    .option('--keep', 'leave what was created')
    .option('--cleanup', 'delete what a run has left (with --total-namespaces: after it, as by default)')
    .option('--log-file <file>', 'append the log lines to it')
    .option('--i-know-this-cluster <context>', 'names the context of a cluster that is not on loopback')
    .addOption(new Option('--wait', 'wait for the end and show how it goes').default(true))
    .option('--no-wait', 'only start it')
    .addOption(timeoutOption())
    .option('--dry-run', 'only print what would be created or deleted')
    .addOption(outputOption(FORMATS))
    .addHelpText('after', HELP)
    .action((options: StressArguments) => withDependencies((deps) => run(asAsked(command, options), deps)));
};

const HELP = `
Creates namespaces and many small objects in them through the worker, shows how it goes, and deletes them again. Killed
anywhere it goes on where it was: the same command with --run attaches. No pod starts unless --replicas says so. A
namespace that exists is never touched. The worker needs the rights of deploy/stress.

Exit codes: 0 everything succeeded, 1 nothing did, 3 some did (or something is left), 5 not ended in time (the work
goes on), 7 refused.

Examples:
  holdfast stress --total-namespaces 20 --max-concurrent-operations 50
  holdfast stress --keep --run nightly; holdfast stress --cleanup --run nightly`;

/** Who names a number of namespaces wants a run: `--cleanup` then asks for what a run does by itself. */
function asAsked(command: Command, options: StressArguments): StressArguments {
  const wantsRun = command.getOptionValueSource('totalNamespaces') === 'cli';
  return { ...options, cleanup: options.cleanup === true && !wantsRun };
}

/** @throws CliFailure (7) for a cluster that is not known to be the right one; ApiFailure */
export async function run(args: StressArguments, deps: CliDependencies): Promise<ExitCode> {
  const access = await deps.kubernetes();
  if (args.cleanup === true) return cleanUp({ args, deps, access });
  const run = args.run ?? randomUUID().slice(0, 8);
  const work = stressWorkFrom(args);
  const cluster = requireCluster(access);
  if (args.dryRun === true) {
    const plan = shownStressPlan(planStress(work), {
      run,
      workflowId: stressWorkflowId({ cluster, run }),
      apiServer: access.serverUrl,
    });
    const { output } = deps;
    output.data(args.output === 'json' ? JSON.stringify(plan, undefined, 2) : renderStressPlan(plan, output));
    output.say('dry run: nothing was started');
    return EXIT.done;
  }
  const input = { ...(await commonInput({ args, access }, run)), work, keep: args.keep === true };
  const logFile = await openStressLogFile(args.logFile);
  return followStress(deps, { input, wait: args, logFile });
}

interface Cleanup {
  readonly args: StressArguments;
  readonly deps: CliDependencies;
  readonly access: KubernetesAccess;
}

async function cleanUp({ args, deps, access }: Cleanup): Promise<ExitCode> {
  const run = args.run ?? (await onlyRunLeft(access));
  if (run === undefined) {
    deps.output.say('no run has left anything');
    return EXIT.done;
  }
  if (args.dryRun === true) {
    const namespaces = [...(await namespacesByRun(access, run)).values()].flat();
    const shown = { run, namespaces };
    deps.output.data(args.output === 'json' ? JSON.stringify(shown, undefined, 2) : namespaces.join('\n'));
    deps.output.say(`dry run: ${namespaces.length} namespaces of run ${run} would be deleted`);
    return EXIT.done;
  }
  const input = await commonInput({ args, access }, run);
  return followStress(deps, { input, wait: args, logFile: await openStressLogFile(args.logFile) });
}

async function commonInput(
  { args, access }: Pick<Cleanup, 'args' | 'access'>,
  run: string,
): Promise<StressClusterInput> {
  const acknowledgedContext = requireKnownCluster(access, args.iKnowThisCluster);
  return {
    cluster: requireCluster(access),
    clusterUid: await clusterUidOf(access.api),
    run,
    ...(acknowledgedContext !== undefined && { acknowledgedContext }),
  };
}
