import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';

const MODES = ['log', 'snapshot', 'volume-snapshot'] as const;
const SUBCOMMANDS = ['log-start', 'log-stop', 'log-pause', 'log-resume', 'log-truncate'] as const;

/** The flags that TiDB Operator's Jobs pass, checked one by one; what must go together is checked when it runs. */
const BackupFlags = z.object({
  namespace: z.string(),
  backupName: z.string(),
  tikvVersion: z.string().optional(),
  mode: z.enum(MODES),
  subcommand: z.enum(SUBCOMMANDS).optional(),
  commitTs: z.string().optional(),
  truncateUntil: z.string().optional(),
  clusterTls: z.boolean(),
  kubeconfig: z.string().optional(),
});
export type BackupFlags = z.infer<typeof BackupFlags>;

/** `backup`, as it stands in a Job's arguments. `run` gets the flags. */
export function backupCommand(run: (flags: BackupFlags) => Promise<void>): Command {
  return new Command('backup')
    .description('Run one step of a Backup with BR and write its course to the Backup')
    .requiredOption('--namespace <name>', 'namespace of the Backup', nonEmpty)
    .requiredOption('--backupName <name>', 'name of the Backup', nonEmpty)
    .addOption(new Option('--mode <mode>', 'kind of the backup').choices(MODES).makeOptionMandatory())
    .addOption(new Option('--subcommand <name>', 'what a log backup shall do').choices(SUBCOMMANDS))
    .option('--commit-ts <ts>', 'log-start: from when on the log is kept; not set means now')
    .option('--truncate-until <ts>', 'log-truncate: what is older goes')
    .option('--tikvVersion <version>', 'version of the cluster (accepted; BR of that version is in the pod)')
    .option('--cluster-tls [on]', 'the cluster speaks TLS', onOff, false)
    .option(
      '--client-tls [on]',
      'TiDB needs a client certificate (accepted; log backups do not connect to TiDB)',
      onOff,
      false,
    )
    .option(
      '--skipClientCA [on]',
      'do not check the certificate of TiDB (accepted, as --client-tls)',
      onOff,
      false,
    )
    .option('-k, --kubeconfig <file>', 'file; not set means KUBECONFIG, or the cluster this pod runs in')
    .addHelpText(
      'after',
      `
Example:
  holdfast-backup-manager backup --namespace=prod --backupName=orders --tikvVersion=v8.5.1 \\
    --mode=log --subcommand=log-start --cluster-tls=true

Environment:
  HOLDFAST_BR_BIN  path of BR; not set means /var/lib/br-bin/br, then br on PATH

Exit codes: 0 done, 1 failed (and written to the Backup where it can be reached), 2 wrong arguments`,
    )
    .action(async (options: unknown) => run(BackupFlags.parse(options)));
}

function nonEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

/** As Go's flags take them: `--flag`, `--flag=true`, `--flag=false`. */
function onOff(value: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new InvalidArgumentError('It is true or false.');
}
