import { log } from '@temporalio/activity';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { buildRestoreJob } from '../../kubernetes/build-restore-job.js';
import { createJob } from '../../kubernetes/jobs.js';
import type { RestoreActivityDependencies } from './dependencies.js';

/**
 * Creates the Job that the decision names.
 * @returns what is to be seen then; `undefined` where that needs a look: a Job of the same name is there already, ours
 * from a run that died or a predecessor's, or the TidbCluster has gone
 */
export async function createRestoreJob(
  deps: RestoreActivityDependencies,
  seen: SeenRestore,
  { step, retainLatestMvccVersion }: Extract<RestoreDecision, { kind: 'CreateJob' }>,
): Promise<SeenRestore | undefined> {
  const { restore } = seen;
  const { namespace, name } = restore.metadata;
  const job = await buildRestoreJob(deps, { restore, step, retainLatestMvccVersion });
  if (job === undefined) return undefined;
  const creation = await createJob(deps.api, namespace, job);
  switch (creation.result) {
    case 'created':
      log.info('restore: Job created', {
        restore: `${namespace}/${name}`,
        step,
        job: creation.job.metadata.name,
      });
      return { ...seen, jobs: { ...seen.jobs, [step]: creation.job } };
    case 'exists':
      return undefined;
    case 'refused':
      // The Restore says so, and it is tried again.
      return { ...seen, obstacles: [{ reason: 'JobRefused', message: creation.message }] };
  }
}
