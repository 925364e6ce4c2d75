import type { CliDependencies } from '../dependencies.js';
import { plansInFile } from '../drills/plan-file.js';
import { planDifference } from '../drills/plan-difference.js';
import { clusterOfDrills } from '../drills/plan-of.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { oneLine } from '../render/one-line.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface ApplyArguments {
  readonly filename: string;
  readonly dryRun?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .requiredOption('-f, --filename <file>', 'plans as YAML, several documents; - is stdin')
    .option('--dry-run', 'only say what would change')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Each plan becomes a Temporal Schedule drill/<cluster>/<plan>. Nothing is applied where one of the plans cannot be used.
A schedule that a person paused stays paused. What is not in the file is left alone.

Exit codes: 0 applied, 2 a plan cannot be used, 8 Temporal does not answer.

Example:
  holdfast apply -f plans.yaml --dry-run`,
    )
    .action((options: ApplyArguments) => withDependencies((deps) => run(options, deps)));
};

interface Applied {
  readonly plan: string;
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly changes: readonly string[];
}

/** @throws CliFailure */
export async function run(args: ApplyArguments, deps: CliDependencies): Promise<ExitCode> {
  const plans = await plansInFile(args.filename);
  const cluster = await clusterOfDrills(deps);
  const { drills } = await deps.temporal();
  const applied: Applied[] = [];
  for (const plan of plans) {
    const before = await drills.plan({ cluster, plan: plan.name });
    const changes = planDifference(before?.plan, plan);
    const result = before === undefined ? 'created' : changes.length === 0 ? 'unchanged' : 'updated';
    if (args.dryRun !== true && result !== 'unchanged') {
      await drills.apply({ cluster, taskQueue: deps.settings.taskQueue, plan });
    }
    applied.push({ plan: plan.name, result, changes });
  }
  print(deps, args, applied);
  return EXIT.done;
}

function print({ output }: CliDependencies, args: ApplyArguments, applied: readonly Applied[]): void {
  const dryRun = args.dryRun === true;
  if (args.output === 'json') output.data(JSON.stringify({ dryRun, plans: applied }, undefined, 2));
  else {
    for (const { plan, result, changes } of applied) {
      output.data(`plan ${plan}: ${dryRun && result !== 'unchanged' ? `would be ${result}` : result}`);
      if (result === 'updated' || dryRun) for (const change of changes) output.data(`  ${oneLine(change)}`);
    }
  }
  if (dryRun) output.say('dry run: nothing was changed');
}
