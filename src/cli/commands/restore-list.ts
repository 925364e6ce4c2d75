import { decideRestore } from '../../domain/replication/decide-restore.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderRestoreTable } from '../render/restore-table.js';
import { readRestores } from '../restores/read-restores.js';
import { summarizeRestore } from '../restores/restore-summary.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json', 'wide', 'name'] as const;

export interface RestoreListArguments {
  /** A namespace, or `all`. */
  readonly namespace: string;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .option('-n, --namespace <name>', 'one namespace, or all', 'all')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
All Restores, also those of TiDB Operator: OURS tells which are run by Holdfast. NEXT ACTION is what a worker does with
what is in the lists; what only a single read shows, such as TiKV's configuration, 'holdfast restore plan' tells.

Examples:
  holdfast restore list
  holdfast restore list -n prod -o json`,
    )
    .action((options: RestoreListArguments) => withDependencies((deps) => run(options, deps)));
};

/** @throws ApiFailure when the cluster cannot be read */
export async function run(
  { namespace, output: format }: RestoreListArguments,
  { kubernetes, output, now }: CliDependencies,
): Promise<ExitCode> {
  const { api } = await kubernetes();
  const nowMs = now();
  const one = namespace === 'all' ? undefined : namespace;
  const { seen, unreadable } = await readRestores(api, { namespace: one, nowMs });
  const restores = seen
    .map((restore) => summarizeRestore(restore, decideRestore(restore)))
    .sort((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`));
  switch (format) {
    case 'json':
      output.data(JSON.stringify({ restores, unreadable }, undefined, 2));
      break;
    case 'name':
      for (const { namespace, name } of [...restores, ...unreadable]) output.data(`${namespace}/${name}`);
      break;
    case 'table':
    case 'wide':
      if (restores.length + unreadable.length === 0) output.say('no Restores found');
      else output.data(renderRestoreTable({ restores, unreadable, format, nowMs, colour: output.colour }));
      break;
  }
  return EXIT.done;
}
