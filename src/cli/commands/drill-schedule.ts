import { Option } from 'commander';
import { parseTime } from '../../domain/time.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import type { DrillAccess, PlanName } from '../drills/drill-access.js';
import { clusterOfDrills, requirePlan } from '../drills/plan-of.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { whoAsks } from '../who-asks.js';
import type { DefineCommand } from './command-definition.js';

type Change = (drills: DrillAccess, name: PlanName) => Promise<void>;

export interface PlanChange {
  readonly change: Change;
  /** A participle first: it follows `would be`, too. */
  readonly done: string;
  readonly dryRun: boolean | undefined;
}

/** Changes the Schedule of one plan. @throws CliFailure (6) where the plan was never applied, with `dryRun` as well */
export async function changePlan(
  deps: CliDependencies,
  plan: string,
  { change, done, dryRun = false }: PlanChange,
): Promise<ExitCode> {
  if (dryRun) {
    await requirePlan(deps, plan);
    deps.output.say(`plan ${plan}: would be ${done}\ndry run: nothing was changed`);
    return EXIT.done;
  }
  const name = { cluster: await clusterOfDrills(deps), plan };
  await change((await deps.temporal()).drills, name);
  deps.output.say(`plan ${plan}: ${done}`);
  return EXIT.done;
}

const DRY_RUN = ['--dry-run', 'only say what would be done'] as const;
const noteOf = (note: string | undefined) => `${whoAsks()}${note === undefined ? '' : `: ${note}`}`;
const example = (verb: string, more = '') => `\nExample:\n  holdfast drill ${verb} orders${more}`;

export const definePause: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .option('--note <text>', 'why')
    .option(...DRY_RUN)
    .addHelpText('after', example('pause', ' --note "the store moves"'))
    .action((plan: string, { note, dryRun }: { note?: string; dryRun?: boolean }) =>
      withDependencies((deps) =>
        changePlan(deps, plan, {
          change: (drills, name) => drills.pause(name, noteOf(note)),
          done: 'paused; a drill that runs goes on',
          dryRun,
        }),
      ),
    );
};

export const defineResume: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .option('--note <text>', 'why')
    .option(...DRY_RUN)
    .addHelpText('after', example('resume'))
    .action((plan: string, { note, dryRun }: { note?: string; dryRun?: boolean }) =>
      withDependencies((deps) =>
        changePlan(deps, plan, {
          change: (drills, name) => drills.resume(name, noteOf(note)),
          done: 'resumed',
          dryRun,
        }),
      ),
    );
};

export const defineTrigger: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .option(...DRY_RUN)
    .addHelpText(
      'after',
      `\nAs if its time had come: skipped where one of its drills still runs.\n${example('trigger')}`,
    )
    .action((plan: string, { dryRun }: { dryRun?: boolean }) =>
      withDependencies((deps) =>
        changePlan(deps, plan, {
          change: (drills, name) => drills.trigger(name),
          done: 'triggered',
          dryRun,
        }),
      ),
    );
};

interface Period {
  readonly from: string;
  readonly to: string;
}

export const defineBackfill: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .addOption(new Option('--from <time>', 'RFC 3339').makeOptionMandatory())
    .addOption(new Option('--to <time>', 'RFC 3339').makeOptionMandatory())
    .option(...DRY_RUN)
    .addHelpText(
      'after',
      `\nRuns the drills whose times lie in the period, one after another.\n${example('backfill', ' --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z')}`,
    )
    .action((plan: string, { dryRun, ...period }: Period & { dryRun?: boolean }) =>
      withDependencies((deps) => {
        const times = periodOf(period);
        return changePlan(deps, plan, {
          change: (drills, name) => drills.backfill(name, times),
          done: 'backfilled: the drills of the period run one after another',
          dryRun,
        });
      }),
    );
};

/** @throws CliFailure (2) */
export function periodOf({ from, to }: Period): { fromMs: number; toMs: number } {
  const [fromMs, toMs] = [parseTime(from), parseTime(to)];
  if (fromMs !== undefined && toMs !== undefined && fromMs < toMs) return { fromMs, toMs };
  const message = `--from "${from}" --to "${to}": expected two times such as 2026-11-01T00:00:00Z, the later one last`;
  throw new CliFailure(message, { exitCode: EXIT.usage });
}
