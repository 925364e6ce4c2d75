import { Command, Option } from 'commander';
import { z } from 'zod';
import { nonEmpty, withJobFlags } from './job-flags.js';

const MODES = ['log', 'snapshot', 'volume-snapshot'] as const;
const SUBCOMMANDS = ['log-start', 'log-stop', 'log-pause', 'log-resume', 'log-truncate'] as const;

/** The flags that TiDB Operator's Jobs pass, checked one by one; what must go together is checked when it runs. */
const BackupFlags = z.object({
  namespace: z.string(),
  backupName: z.string(),
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
  const command = new Command('backup')
    .description(
      'Take a snapshot, or run one step of a log backup, with BR and write its course to the Backup',
    )
    .requiredOption('--namespace <name>', 'namespace of the Backup', nonEmpty)
    .requiredOption('--backupName <name>', 'name of the Backup', nonEmpty)
    .addOption(new Option('--mode <mode>', 'kind of the backup').choices(MODES).makeOptionMandatory())
    .addOption(new Option('--subcommand <name>', 'what a log backup shall do').choices(SUBCOMMANDS))
    .option(
      '--commit-ts <ts>',
      'snapshot: the moment that is kept; log-start: from when on the log is kept; not set means now',
    )
    .option('--truncate-until <ts>', 'log-truncate: what is older goes');
  return withJobFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  holdfast-backup-manager backup --namespace=prod --backupName=orders --tikvVersion=v8.5.1 \\
    --mode=log --subcommand=log-start --cluster-tls=true
  holdfast-backup-manager backup --namespace=prod --backupName=daily --tikvVersion=v8.5.1 --mode=snapshot

Environment:
  HOLDFAST_BR_BIN  path of BR; not set means /var/lib/br-bin/br, then br on PATH

Exit codes: 0 done, 1 failed (and written to the Backup where it can be reached), 2 wrong arguments`,
    )
    .action(async (options: unknown) => run(BackupFlags.parse(options)));
}
