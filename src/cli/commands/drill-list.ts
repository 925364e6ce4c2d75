import type { CliDependencies } from '../dependencies.js';
import type { AppliedPlan } from '../drills/drill-access.js';
import { clusterOfDrills } from '../drills/plan-of.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { oneLine } from '../render/one-line.js';
import { textTable } from '../render/text-table.js';
import { relativeTime } from '../render/times.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json', 'name'] as const;

export interface DrillListArguments {
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .addOption(outputOption(FORMATS))
    .addHelpText('after', '\nThe plans that are applied.\n\nExample:\n  holdfast drill list')
    .action((options: DrillListArguments) => withDependencies((deps) => run(options, deps)));
};

/** @throws CliFailure */
export async function run({ output: format }: DrillListArguments, deps: CliDependencies): Promise<ExitCode> {
  const { output } = deps;
  const plans = await (await deps.temporal()).drills.plans(await clusterOfDrills(deps));
  if (format === 'json') output.data(JSON.stringify({ plans }, undefined, 2));
  else if (format === 'name') for (const { plan } of plans) output.data(plan.name);
  else if (plans.length === 0) output.say("no plans: 'holdfast apply -f' brings them");
  else output.data(table(plans, { nowMs: deps.now(), colour: output.colour }));
  return EXIT.done;
}

function table(plans: readonly AppliedPlan[], { nowMs, colour }: { nowMs: number; colour: boolean }): string {
  const rows = plans.map(({ plan, paused, note, nextRunMs, recent }) => [
    { text: plan.name },
    { text: plan.schedule === undefined ? '-' : `${plan.schedule.cron} ${plan.schedule.timeZone}` },
    { text: nextOf({ paused, note, nextRunMs }, nowMs) },
    { text: recent[0] === undefined ? '-' : relativeTime(recent[0].startedMs, nowMs) },
    { text: oneLine(`${plan.store.bucket}/${plan.store.prefix}`, 60) },
  ]);
  return textTable(['PLAN', 'SCHEDULE', 'NEXT DRILL', 'LAST STARTED', 'BACKUPS'], rows, { colour });
}

interface Next {
  readonly paused: boolean;
  readonly note: string | undefined;
  readonly nextRunMs: number | undefined;
}

function nextOf({ paused, note, nextRunMs }: Next, nowMs: number): string {
  if (paused) return oneLine(`paused${note === undefined ? '' : ` (${note})`}`, 60);
  return nextRunMs === undefined ? 'only when asked' : relativeTime(nextRunMs, nowMs);
}
