import { stringify } from 'yaml';
import type { CliDependencies } from '../dependencies.js';
import { requirePlan } from '../drills/plan-of.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { factList } from '../render/fact-list.js';
import { oneLine } from '../render/one-line.js';
import { relativeTime, utc } from '../render/times.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface DrillDescribeArguments {
  readonly plan: string;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      '\nThe plan as it is applied, with all defaults.\n\nExample:\n  holdfast drill describe orders',
    )
    .action((plan: string, options: Pick<DrillDescribeArguments, 'output'>) =>
      withDependencies((deps) => run({ plan, ...options }, deps)),
    );
};

/** @throws CliFailure (6) where it was never applied */
export async function run(args: DrillDescribeArguments, deps: CliDependencies): Promise<ExitCode> {
  const { output, now } = deps;
  const applied = await requirePlan(deps, args.plan);
  if (args.output === 'json') {
    output.data(JSON.stringify(applied, undefined, 2));
    return EXIT.done;
  }
  const { plan, paused, note, nextRunMs, recent } = applied;
  const facts = [
    { name: 'PLAN', text: plan.name },
    { name: 'PAUSED', text: paused ? oneLine(note ?? 'yes') : undefined },
    {
      name: 'NEXT DRILL',
      text: nextRunMs === undefined ? undefined : `${utc(nextRunMs)} (${relativeTime(nextRunMs, now())})`,
    },
    ...recent.map(({ workflowId, startedMs }) => ({
      name: 'DRILL',
      text: `${workflowId} (${relativeTime(startedMs, now())})`,
    })),
  ];
  output.data(`${factList(facts, { colour: output.colour })}\n\n${stringify(plan).trimEnd()}`);
  return EXIT.done;
}
