import { operatorOwns } from '../../domain/operator-view.js';
import type { Backup } from '../../domain/backup/backup.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { readBackup } from '../../kubernetes/backups.js';
import { findJob } from '../../kubernetes/jobs.js';
import { readOperatorView } from '../../kubernetes/operator-presence.js';
import type { BackupName } from '../backup-name.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import type { CliSettings } from '../settings.js';
import { jobNameOf } from './backup-summary.js';

export interface BackupQuestion {
  readonly name: BackupName;
  readonly settings: CliSettings;
  readonly nowMs: number;
}

/**
 * One Backup with its Job, as a worker would judge it now.
 * @throws CliFailure (6) where it does not exist
 */
export async function seeBackup(
  { api, serverUrl }: KubernetesAccess,
  { name, settings, nowMs }: BackupQuestion,
): Promise<SeenBackup> {
  const [backup, operator] = await Promise.all([
    readBackup(api, name),
    readOperatorView(api, settings.operator),
  ]);
  if (backup === undefined) {
    const message = `Backup ${name.namespace}/${name.name} does not exist on ${serverUrl}; 'holdfast backup list' shows what does`;
    throw new CliFailure(message, { exitCode: EXIT.notFound });
  }
  const operatorPresent = operatorOwns(backup.metadata.labels, operator);
  return { backup, job: await jobOf(api, backup), operatorPresent, nowMs };
}

async function jobOf(api: KubernetesApi, backup: Backup) {
  const name = jobNameOf(backup);
  return name === undefined ? undefined : findJob(api, { namespace: backup.metadata.namespace, name });
}
