import { log } from '@temporalio/activity';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { podsOfJob } from '../../kubernetes/jobs.js';
import { PODS } from '../../kubernetes/resources.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { retryFields, subjectOf } from './log-lines.js';
import { judgeBackup } from './observe-backup.js';

export interface DeletedPods {
  /** Names of the pods that were removed from the API server. */
  readonly pods: readonly string[];
}

/**
 * Takes the pods of the failed Job out of the API server without waiting for their kubelets, while the restart waits
 * for them to go. Only where the recorded failure still holds; a person must know that the node is gone.
 */
export async function forceDeletePods(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<DeletedPods> {
  const judged = await judgeBackup(deps, input);
  const job = judged?.seen.job;
  if (judged?.decision.kind !== 'Retry' || job === undefined) return { pods: [] };
  const deleted: string[] = [];
  for (const { metadata } of await podsOfJob(deps.api, job)) {
    const { namespace, name, uid } = metadata;
    const query = { uid, gracePeriodSeconds: 0, propagationPolicy: 'Background' } as const;
    if (await deps.api.delete({ resource: PODS, namespace, name }, query)) deleted.push(name);
  }
  const { backup } = judged.seen;
  log.warn(`${subjectOf(backup)} retry: pods of the failed Job deleted by force`, {
    ...retryFields(backup, { attempt: judged.decision.retryNum }),
    pods: deleted,
  });
  return { pods: deleted };
}
