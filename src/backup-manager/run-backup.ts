import type { Writable } from 'node:stream';
import type { LogSubcommand } from '../domain/backup/log-subcommand.js';
import { createKubernetesApi } from '../kubernetes/api.js';
import { loadConnection } from '../kubernetes/connection.js';
import type { BackupFlags } from './backup-command.js';
import { runLogBackup } from './log-backup.js';

export interface RunDependencies {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: { readonly stdout: Writable; readonly stderr: Writable };
  readonly stopping: AbortSignal;
}

/**
 * Runs what the flags ask for, against the API server of the kubeconfig.
 * @returns whether the backup's step succeeded
 */
export async function runBackup(
  flags: BackupFlags & { subcommand: LogSubcommand },
  deps: RunDependencies,
): Promise<boolean> {
  const connection = loadConnection({ kubeconfig: flags.kubeconfig });
  try {
    return await runLogBackup(
      { ...flags, command: flags.subcommand },
      { ...deps, api: createKubernetesApi(connection) },
    );
  } finally {
    await connection.close();
  }
}
