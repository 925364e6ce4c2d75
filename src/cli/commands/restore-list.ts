import { decideRestore } from '../../domain/replication/decide-restore.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { namespaceOf, printList, withListOptions, type ListArguments } from '../list-output.js';
import { renderRestoreTable } from '../render/restore-table.js';
import { readRestores } from '../restores/read-restores.js';
import { summarizeRestore } from '../restores/restore-summary.js';
import type { DefineCommand } from './command-definition.js';

export const define: DefineCommand = (command, { withDependencies }) => {
  withListOptions(command)
    .addHelpText(
      'after',
      `
All Restores, also those of TiDB Operator: OURS tells which are run by Holdfast. NEXT ACTION is what a worker does with
what is in the lists; what only a single read shows, such as TiKV's configuration, 'holdfast restore plan' tells.

Examples:
  holdfast restore list
  holdfast restore list -n prod -o json`,
    )
    .action((options: ListArguments) => withDependencies((deps) => run(options, deps)));
};

/** @throws ApiFailure when the cluster cannot be read */
export async function run(args: ListArguments, deps: CliDependencies): Promise<ExitCode> {
  const { kubernetes, output, now } = deps;
  const { api } = await kubernetes();
  const nowMs = now();
  const { seen, unreadable } = await readRestores(api, { namespace: namespaceOf(args), nowMs });
  printList(args, deps, {
    kind: 'Restores',
    summaries: seen.map((restore) => summarizeRestore(restore, decideRestore(restore))),
    unreadable,
    render: (restores, format) =>
      renderRestoreTable({ restores, unreadable, format, nowMs, colour: output.colour }),
  });
  return EXIT.done;
}
