import { Command, Option } from 'commander';
import { z } from 'zod';
import { nonEmpty, onOff, withJobFlags } from './job-flags.js';
import { REPLICATION_FLAG_NAMES, REPLICATION_FLAGS_VARIABLE } from './replication-arguments.js';

const MODES = ['snapshot', 'pitr', 'volume-snapshot'] as const;
const PHASES = ['0', '1', '2'] as const;

/** The flags that Jobs of restores pass, checked one by one; what must go together is checked when it runs. */
const RestoreFlags = z.object({
  namespace: z.string(),
  restoreName: z.string(),
  mode: z.enum(MODES),
  abort: z.boolean(),
  pitrRestoredTs: z.string().optional(),
  replicationPhase: z.enum(PHASES),
  replicationRetainLatestMVCCVersion: z.boolean(),
  clusterTls: z.boolean(),
  kubeconfig: z.string().optional(),
});
export type RestoreFlags = z.infer<typeof RestoreFlags>;

/** `restore`, as it stands in a Job's arguments. `run` gets the flags. */
export function restoreCommand(run: (flags: RestoreFlags) => Promise<void>): Command {
  const command = new Command('restore')
    .description('Restore with BR and write its course to the Restore')
    .requiredOption('--namespace <name>', 'namespace of the Restore', nonEmpty)
    .requiredOption('--restoreName <name>', 'name of the Restore', nonEmpty)
    .addOption(new Option('--mode <mode>', 'kind of the restore').choices(MODES).default('snapshot'))
    .option('--abort [on]', 'remove what a failed restore left behind', onOff, false)
    .option('--pitrRestoredTs <ts>', 'pitr: point in time (TSO or date); not set means the newest')
    .addOption(
      new Option(
        '--replicationPhase <phase>',
        'half of a replication restore: 1 the snapshot (writes no status), 2 the log; 0 none',
      )
        .choices(PHASES)
        .default('0'),
    )
    .option(
      '--replicationRetainLatestMVCCVersion [on]',
      'false where the compaction does not cover the whole log',
      onOff,
      true,
    );
  return withJobFlags(command)
    .addHelpText(
      'after',
      `
Example:
  holdfast-backup-manager restore --namespace=prod --restoreName=orders --tikvVersion=v8.5.1 \\
    --mode=pitr --pitrRestoredTs=2026-11-21T10:00:00Z --replicationPhase=2

Environment:
  HOLDFAST_BR_BIN  path of BR; not set means /var/lib/br-bin/br, then br on PATH
  ${REPLICATION_FLAGS_VARIABLE}  names of BR's flags for --replicationPhase: ${REPLICATION_FLAG_NAMES.join(' or ')}
                                 (an older BR); not set means the first. A Restore sets it in spec.env

Exit codes: 0 done, 1 failed (and written to the Restore where it can be reached), 2 wrong arguments`,
    )
    .action(async (options: unknown) => run(RestoreFlags.parse(options)));
}
