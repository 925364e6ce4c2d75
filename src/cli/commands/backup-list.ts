import { summarizeBackup } from '../backups/backup-summary.js';
import { readBackups } from '../backups/read-backups.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderBackupTable } from '../render/backup-table.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json', 'wide', 'name'] as const;

export interface BackupListArguments {
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
NEXT ACTION is the decision that a worker takes on what is there now. "left alone" marks a failure that is older than
its retry time-out and that Holdfast saw first when it was: such a Backup is never touched.

Examples:
  holdfast backup list
  holdfast backup list -n prod -o json`,
    )
    .action((options: BackupListArguments) => withDependencies((deps) => run(options, deps)));
};

/** @throws ApiFailure when the cluster cannot be read */
export async function run(
  { namespace, output: format }: BackupListArguments,
  { kubernetes, settings, output, now }: CliDependencies,
): Promise<ExitCode> {
  const { api } = await kubernetes();
  const nowMs = now();
  const one = namespace === 'all' ? undefined : namespace;
  const { seen, unreadable } = await readBackups(api, {
    namespace: one,
    operator: settings.operator,
    nowMs,
  });
  const backups = seen.map(summarizeBackup).sort(byNamespaceAndName);
  const found = backups.length + unreadable.length;
  switch (format) {
    case 'json':
      output.data(JSON.stringify({ backups, unreadable }, undefined, 2));
      break;
    case 'name':
      for (const { namespace, name } of [...backups, ...unreadable]) output.data(`${namespace}/${name}`);
      break;
    case 'table':
    case 'wide':
      if (found > 0)
        output.data(renderBackupTable({ backups, unreadable, format, nowMs, colour: output.colour }));
  }
  if (found === 0) output.say(`no Backups in ${one === undefined ? 'any namespace' : `namespace ${one}`}`);
  return EXIT.done;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

function byNamespaceAndName(a: Named, b: Named): number {
  return a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name);
}
