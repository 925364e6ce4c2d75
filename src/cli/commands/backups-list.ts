import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { plansInFile } from '../drills/plan-file.js';
import { clusterOfDrills, requirePlan } from '../drills/plan-of.js';
import { lastVerified, readVerified, type KnownBackup } from '../drills/read-verified.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderKnownBackups } from '../render/known-backups.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json', 'name'] as const;

export interface BackupsListArguments {
  readonly plan: string | undefined;
  readonly filename?: string;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('[plan]', 'only the backups of this plan')
    .option(
      '-f, --filename <file>',
      'the plans of a file: they need not be applied, and nothing asks Temporal',
    )
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
The backups below the plan's prefix, and what drills found out about them. It reads the object store with the plan's
credentials, from this computer; it needs no worker.

Example:
  holdfast backups list orders
  holdfast backups list -f plan.yaml`,
    )
    .action((plan: string | undefined, options: Omit<BackupsListArguments, 'plan'>) =>
      withDependencies((deps) => run({ plan, ...options }, deps)),
    );
};

/** @throws CliFailure, StoreFailure */
export async function run(args: BackupsListArguments, deps: CliDependencies): Promise<ExitCode> {
  const { output } = deps;
  const plans = await plansOf(deps, args);
  const backups: KnownBackup[] = [];
  for (const plan of plans) {
    const { backups: some, problems } = await readVerified(deps, plan);
    for (const problem of problems) output.say(`the ledger of plan ${plan.name} is damaged: ${problem}`);
    backups.push(...some);
  }
  switch (args.output) {
    case 'json':
      output.data(JSON.stringify({ lastVerified: lastVerified(backups) ?? null, backups }, undefined, 2));
      break;
    case 'name':
      for (const { id } of backups) output.data(id);
      break;
    case 'table': {
      const names = plans.map(({ name }) => name);
      if (plans.length === 0) output.say("no plans: 'holdfast apply -f' brings them");
      else
        output.data(renderKnownBackups(backups, { plans: names, nowMs: deps.now(), colour: output.colour }));
      break;
    }
  }
  return EXIT.done;
}

async function plansOf(
  deps: CliDependencies,
  { plan, filename }: Pick<BackupsListArguments, 'plan' | 'filename'>,
): Promise<readonly DrillPlan[]> {
  if (plan !== undefined && filename !== undefined) {
    throw new CliFailure('give the name of a plan, or a file with -f', { exitCode: EXIT.usage });
  }
  if (filename !== undefined) return plansInFile(filename);
  if (plan !== undefined) return [(await requirePlan(deps, plan)).plan];
  const cluster = await clusterOfDrills(deps);
  return (await (await deps.temporal()).drills.plans(cluster)).map((applied) => applied.plan);
}
