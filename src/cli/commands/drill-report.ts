import { writeFile } from 'node:fs/promises';
import type { DrillReport } from '../../domain/drill/drill-report.js';
import { renderDrillPage } from '../../domain/drill/report-page.js';
import { readDrillReport } from '../../storage/read-drill-report.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { answerOfDrill, exitCodeOfDrill } from '../drills/drill-answer.js';
import { requirePlan } from '../drills/plan-of.js';
import { readVerified } from '../drills/read-verified.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderDrillReport } from '../render/drill-report.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface DrillReportArguments {
  readonly plan: string;
  readonly backup?: string;
  /** File for the page. */
  readonly html?: string;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .option('--backup <id>', 'of this backup; default: of the last drill')
    .option('--html <file>', 'write it as one page for people, too; it needs no network')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Reads the report of the last drill from the ledger.

Exit codes: 0 pass, 1 fail, 4 inconclusive, 6 nothing was drilled yet.

Examples:
  holdfast drill report orders -o json
  holdfast drill report orders --html report.html`,
    )
    .action((plan: string, options: Omit<DrillReportArguments, 'plan'>) =>
      withDependencies((deps) => run({ plan, ...options }, deps)),
    );
};

/** @throws CliFailure (6) where there is no report; StoreFailure */
export async function run(args: DrillReportArguments, deps: CliDependencies): Promise<ExitCode> {
  const { plan } = await requirePlan(deps, args.plan);
  const { backups } = await readVerified(deps, plan);
  const history = backups.flatMap(({ verdicts }) => verdicts).sort((a, b) => a.finishedMs - b.finishedMs);
  const asked = history.findLast(({ backup }) => args.backup === undefined || backup.id === args.backup);
  const key = asked?.report;
  if (key === undefined) {
    const message = `no report of plan ${plan.name}${args.backup === undefined ? '' : ` and backup ${args.backup}`} is in the ledger`;
    throw new CliFailure(message, { exitCode: EXIT.notFound });
  }
  const report = await readReport(deps, { location: plan.ledger ?? plan.store, key });
  const { output } = deps;
  if (args.html !== undefined) {
    await writePage(args.html, renderDrillPage(report, history));
    output.say(`wrote ${args.html}`);
  }
  output.data(
    args.output === 'json'
      ? JSON.stringify(answerOfDrill(report), undefined, 2)
      : renderDrillReport(report, { colour: output.colour }),
  );
  return exitCodeOfDrill(report);
}

async function writePage(file: string, markup: string): Promise<void> {
  try {
    await writeFile(file, markup);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliFailure(`${file} cannot be written: ${reason}`, { exitCode: EXIT.usage, cause });
  }
}

async function readReport(
  { openStore }: CliDependencies,
  { location, key }: { location: Parameters<CliDependencies['openStore']>[0]; key: string },
): Promise<DrillReport> {
  const store = await openStore(location);
  try {
    const report = await readDrillReport(store, key);
    if (typeof report !== 'string') return report;
    const what = report === 'gone' ? 'is gone' : 'is not one of a version that this program knows';
    throw new CliFailure(`the report ${key} ${what}`, { exitCode: EXIT.notFound });
  } finally {
    store.close();
  }
}
