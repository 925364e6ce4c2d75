import { summarizeBackup } from '../backups/backup-summary.js';
import { readBackups } from '../backups/read-backups.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { namespaceOf, printList, withListOptions, type ListArguments } from '../list-output.js';
import { renderBackupTable } from '../render/backup-table.js';
import type { DefineCommand } from './command-definition.js';

export const define: DefineCommand = (command, { withDependencies }) => {
  withListOptions(command)
    .addHelpText(
      'after',
      `
NEXT ACTION is the decision that a worker takes on what is there now. "left alone" marks a failure that is older than
its retry time-out and that Holdfast saw first when it was: such a Backup is never touched.

Examples:
  holdfast backup list
  holdfast backup list -n prod -o json`,
    )
    .action((options: ListArguments) => withDependencies((deps) => run(options, deps)));
};

/** @throws ApiFailure when the cluster cannot be read */
export async function run(args: ListArguments, deps: CliDependencies): Promise<ExitCode> {
  const { kubernetes, settings, output, now } = deps;
  const { api } = await kubernetes();
  const nowMs = now();
  const { operator } = settings;
  const { seen, unreadable } = await readBackups(api, { namespace: namespaceOf(args), operator, nowMs });
  printList(args, deps, {
    kind: 'Backups',
    summaries: seen.map(summarizeBackup),
    unreadable,
    render: (backups, format) =>
      renderBackupTable({ backups, unreadable, format, nowMs, colour: output.colour }),
  });
  return EXIT.done;
}
