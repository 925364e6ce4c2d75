import type { Backup } from '../../domain/backup/backup.js';
import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import { TidbCluster } from '../../domain/backup/tidb-cluster.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { logBackupJob } from '../../kubernetes/objects/log-backup-job.js';
import { secretProblem, secretRequirementsOf } from '../../kubernetes/objects/secret-requirements.js';
import { TIDB_CLUSTERS } from '../../kubernetes/resources.js';
import { readSecretKeys } from '../../kubernetes/secret-keys.js';
import type { BackupActivityDependencies } from './dependencies.js';

/** Something that a Job needs and that is not there: somebody has to bring it. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

/** The Job of one attempt, from the CR; or what is missing for it. */
export async function buildJob(
  deps: BackupActivityDependencies,
  { backup, command, attempt }: { backup: Backup; command: BackupCommand; attempt: number },
): Promise<{ job: object } | { obstacle: Obstacle }> {
  const spec = LogJobSpec.parse(backup.spec);
  const { namespace } = backup.metadata;
  const clusterNamespace = spec.br.clusterNamespace || namespace;
  const found = await deps.api.get({
    resource: TIDB_CLUSTERS,
    namespace: clusterNamespace,
    name: spec.br.cluster,
  });
  if (found === undefined) {
    const message = `TidbCluster ${clusterNamespace}/${spec.br.cluster} does not exist: waiting for it`;
    return { obstacle: { reason: 'TidbClusterNotFound', message } };
  }
  const missing = await missingSecret(deps.api, { namespace, spec });
  if (missing !== undefined) return { obstacle: missing };
  const { backupManager, br } = deps.images;
  const images = { backupManager, ...(br !== undefined && { br }) };
  return { job: logBackupJob({ backup, cluster: TidbCluster.parse(found), command, attempt, images }) };
}

async function missingSecret(
  api: KubernetesApi,
  { namespace, spec }: { namespace: string; spec: LogJobSpec },
): Promise<Obstacle | undefined> {
  for (const requirement of secretRequirementsOf(spec)) {
    const keys = await readSecretKeys(api, { namespace, name: requirement.name });
    const problem = secretProblem(requirement, keys);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
