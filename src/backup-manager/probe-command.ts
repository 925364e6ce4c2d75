import { Command } from 'commander';
import { z } from 'zod';
import { nonEmpty } from './job-flags.js';

const ProbeFlags = z.object({
  namespace: z.string(),
  backupName: z.string(),
  kubeconfig: z.string().optional(),
});
export type ProbeFlags = z.infer<typeof ProbeFlags>;

/** `probe-storage`, as `holdfast backup describe --diagnose` puts it into a Job. `run` gets the flags. */
export function probeCommand(run: (flags: ProbeFlags) => Promise<void>): Command {
  return new Command('probe-storage')
    .description("Look from this pod whether a Backup's storage can be reached; writes nothing")
    .requiredOption('--namespace <name>', 'namespace of the Backup', nonEmpty)
    .requiredOption('--backupName <name>', 'name of the Backup', nonEmpty)
    .option('-k, --kubeconfig <file>', 'file; not set means KUBECONFIG, or the cluster this pod runs in')
    .addHelpText(
      'after',
      `
Lists the first object below the Backup's prefix with the credentials of this pod, and prints what it found as one line
of JSON. S3 only; other kinds of storage are not probed.

Example:
  holdfast-backup-manager probe-storage --namespace=prod --backupName=orders

Exit codes: 0 looked, whatever was found; 1 could not look; 2 wrong arguments`,
    )
    .action(async (options: unknown) => run(ProbeFlags.parse(options)));
}
