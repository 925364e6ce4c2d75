import { drillWorkflowId } from '../../domain/names.js';
import type { RunRestoreDrillInput } from '../../domain/drill/drill-input.js';
import type { CliDependencies } from '../dependencies.js';
import { answerOfDrill, exitCodeOfDrill } from '../drills/drill-answer.js';
import { clusterOfDrills, planGiven } from '../drills/plan-of.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderDrillReport } from '../render/drill-report.js';
import { factList } from '../render/fact-list.js';
import { webUiLink } from '../web-ui-link.js';
import { outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface DrillRunArguments {
  readonly plan: string | undefined;
  readonly filename?: string;
  readonly backup?: string;
  readonly selfTest?: boolean;
  readonly collectAll?: boolean;
  readonly wait?: boolean;
  /** Milliseconds; only with `wait`. */
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('[plan]', 'an applied plan')
    .option('-f, --filename <file>', 'a plan that need not be applied')
    .option('--backup <id>', 'this backup, whatever the plan selects')
    .option('--self-test', 'damage the scratch copy: the drill has to fail')
    .option('--collect-all', 'go on after a failed rung where that is possible')
    .option('--wait', 'wait for the verdict')
    .addOption(timeoutOption('4h'))
    .option('--dry-run', 'only say what would be started')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Starts the workflow runRestoreDrill. A drill harms nothing: it reads the backup, and works in a folder of its own.

Exit codes with --wait: 0 pass, 1 fail, 4 inconclusive or ended without a verdict, 5 not ended in time (the drill goes
on), 6 no such backup or plan, 8 the store does not answer. With --self-test: 0 where the damage was found, 1 where it
was not. A plan that selects every-new may drill several backups: the answer names each, the code is the worst one's.

Examples:
  holdfast drill run orders --wait
  holdfast drill run -f plan.yaml --backup 20261121T020000Z --wait -o json`,
    )
    .action((plan: string | undefined, options: Omit<DrillRunArguments, 'plan'>) =>
      withDependencies((deps) => run({ plan, ...options }, deps)),
    );
};

/** @throws CliFailure */
export async function run(args: DrillRunArguments, deps: CliDependencies): Promise<ExitCode> {
  const { output, settings } = deps;
  const plan = await planGiven(deps, { name: args.plan, file: args.filename });
  const cluster = await clusterOfDrills(deps);
  const startedMs = deps.now();
  const input: RunRestoreDrillInput = {
    cluster,
    plan,
    selfTest: args.selfTest ?? false,
    ...(args.backup !== undefined && { backup: args.backup }),
    ...(args.collectAll !== undefined && { collectAll: args.collectAll }),
  };
  if (args.dryRun === true) {
    printStart(deps, args, { workflowId: drillWorkflowId({ cluster, plan: plan.name, startedMs }) });
    output.say('dry run: nothing was started');
    return EXIT.done;
  }
  const temporal = await deps.temporal();
  const started = await temporal.drills.run({ input, taskQueue: settings.taskQueue, startedMs });
  const { namespace } = temporal;
  const webUi = webUiLink(started, { temporalUi: settings.temporalUi, namespace });
  // One JSON document at the end; people see where to look while they wait.
  if (args.output === 'table' || args.wait !== true) {
    printStart(deps, args, { ...started, ...(webUi !== undefined && { webUi }) });
  }
  if (args.wait !== true) return EXIT.done;
  const result = await temporal.drills.outcomeOf(started, { timeoutMs: args.timeout });
  if (result === undefined) {
    output.say('not ended in time, the drill goes on');
    if (args.output === 'json') output.data(JSON.stringify(started, undefined, 2));
    return EXIT.timedOut;
  }
  output.data(
    args.output === 'json'
      ? JSON.stringify(answerOfDrill(result), undefined, 2)
      : renderDrillReport(result, { colour: output.colour }),
  );
  return exitCodeOfDrill(result);
}

interface Start {
  readonly workflowId: string;
  readonly runId?: string;
  readonly webUi?: string;
}

function printStart({ output }: CliDependencies, { output: format }: DrillRunArguments, start: Start): void {
  if (format === 'json') {
    output.data(JSON.stringify(start, undefined, 2));
    return;
  }
  const { workflowId, runId, webUi } = start;
  const facts = [
    { name: 'WORKFLOW ID', text: workflowId },
    { name: 'RUN', text: runId },
    { name: 'WEB UI', text: webUi },
  ];
  output.data(factList(facts, { colour: output.colour }));
}
