import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { requirePlan } from '../drills/plan-of.js';
import { readVerified, type KnownBackup } from '../drills/read-verified.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { toneOfVerdict } from '../render/drill-report.js';
import { factList } from '../render/fact-list.js';
import { size } from '../render/known-backups.js';
import { oneLine } from '../render/one-line.js';
import { textTable } from '../render/text-table.js';
import { timeWithAge, utc } from '../render/times.js';
import { toRfc3339Seconds } from '../../domain/time.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface BackupsDescribeArguments {
  readonly plan: string;
  readonly backup: string;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<plan>', 'an applied plan')
    .argument('<backup>', 'id of the backup: its folder')
    .addOption(outputOption(FORMATS))
    .addHelpText('after', '\nExample:\n  holdfast backups describe orders 20261121T020000Z')
    .action((plan: string, backup: string, options: Pick<BackupsDescribeArguments, 'output'>) =>
      withDependencies((deps) => run({ plan, backup, ...options }, deps)),
    );
};

/** @throws CliFailure (6) where neither the bucket nor the ledger knows it; StoreFailure */
export async function run(args: BackupsDescribeArguments, deps: CliDependencies): Promise<ExitCode> {
  const { plan } = await requirePlan(deps, args.plan);
  const { backups } = await readVerified(deps, plan);
  const backup = backups.find(({ id }) => id === args.backup);
  if (backup === undefined) {
    const message = `plan ${plan.name} has no backup ${args.backup}: 'holdfast backups list ${plan.name}' shows them`;
    throw new CliFailure(message, { exitCode: EXIT.notFound });
  }
  deps.output.data(args.output === 'json' ? JSON.stringify(backup, undefined, 2) : render(backup, deps));
  return EXIT.done;
}

function render(backup: KnownBackup, { now, output: { colour } }: CliDependencies): string {
  const { id, plan, prefix, takenMs, sizeBytes, present, verdicts } = backup;
  const last = verdicts.at(-1);
  const facts = [
    { name: 'BACKUP', text: oneLine(id) },
    { name: 'PLAN', text: plan },
    { name: 'PREFIX', text: oneLine(prefix) },
    { name: 'THERE', text: present ? 'yes' : 'no: only the ledger remembers it' },
    {
      name: 'TAKEN',
      text: takenMs === undefined ? undefined : timeWithAge(toRfc3339Seconds(takenMs), now()),
    },
    { name: 'SIZE', text: sizeBytes === undefined ? undefined : size(sizeBytes) },
    { name: 'TOOL', text: last?.toolVersion },
    { name: 'SERVER', text: last?.serverVersion },
    { name: 'LSN', text: last?.lastLsn },
    { name: 'GTID', text: last?.gtid === undefined ? undefined : oneLine(last.gtid) },
  ];
  const rows = verdicts.toReversed().map(({ finishedMs, verdict, rung = '-', summary }) => {
    const tone = toneOfVerdict(verdict);
    return [
      { text: utc(finishedMs) },
      { text: verdict, ...(tone !== undefined && { tone }) },
      { text: rung },
      { text: oneLine(summary, 100) },
    ];
  });
  const drills =
    rows.length === 0
      ? 'not drilled yet'
      : textTable(['DRILLED', 'VERDICT', 'RUNG', 'FOUND'], rows, { colour });
  return `${factList(facts, { colour })}\n\n${drills}`;
}
