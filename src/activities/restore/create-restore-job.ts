import { log } from '@temporalio/activity';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import type { RestoreEvent } from '../../domain/replication/restore-events.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { buildRestoreJob } from '../../kubernetes/build-restore-job.js';
import { createJob } from '../../kubernetes/jobs.js';
import type { RestoreActivityDependencies } from './dependencies.js';

/** What was seen a moment ago with what has been done since, and the Events that go with that. */
export interface LeftBehind {
  readonly seen: SeenRestore;
  readonly events: readonly RestoreEvent[];
}

/**
 * Creates the Job that the decision names.
 * @returns `undefined` where only a look can tell what is there now: a Job of the same name, ours from a run that died or
 * a predecessor's, or no TidbCluster any more
 */
export async function createRestoreJob(
  deps: RestoreActivityDependencies,
  seen: SeenRestore,
  { step, event, retainLatestMvccVersion }: Extract<RestoreDecision, { kind: 'CreateJob' }>,
): Promise<LeftBehind | undefined> {
  const { restore } = seen;
  const { namespace, name } = restore.metadata;
  const job = await buildRestoreJob(deps, { restore, step, retainLatestMvccVersion });
  if (job === undefined) return undefined;
  const creation = await createJob(deps.api, namespace, job);
  switch (creation.result) {
    case 'created':
      log.info('restore: Job created', {
        namespace,
        restore: name,
        step,
        job: creation.job.metadata.name,
      });
      return {
        seen: { ...seen, jobs: { ...seen.jobs, [step]: creation.job } },
        events: event === undefined ? [] : [event],
      };
    case 'exists':
      return undefined;
    case 'refused':
      // The Restore says so, and it is tried again.
      return {
        seen: { ...seen, obstacles: [{ reason: 'JobRefused', message: creation.message }] },
        events: [],
      };
  }
}
