import { log } from '@temporalio/activity';
import { isOwnedBy } from '../../domain/kubernetes/owned-by.js';
import { decideRestore } from '../../domain/replication/decide-restore.js';
import { observeRestoreJob } from '../../domain/replication/observe-restore-job.js';
import { jobStartedEvent } from '../../domain/replication/restore-events.js';
import type { CreateRestoreJobInput } from '../../domain/replication/restore-input.js';
import { restoreJobName } from '../../domain/replication/restore-job-name.js';
import type { Restore } from '../../domain/replication/restore.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import type { RestoreJobStep } from '../../domain/replication/restore-step.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { buildRestoreJob } from '../../kubernetes/build-restore-job.js';
import { recordRestoreEvents } from '../../kubernetes/events.js';
import { createJob, findJob } from '../../kubernetes/jobs.js';
import type { JudgedRestore } from '../../kubernetes/judge-restore.js';
import { onFreshRead } from '../on-fresh-read.js';
import type { RestoreActivityDependencies } from './dependencies.js';
import { judgeLive } from './judge-live.js';
import { reviewRestore, write } from './review-restore.js';

/**
 * Creates the Job of one step where that is still what is due, and looks again. A Job of the same name that is there
 * already is ours from a run of this activity that died, or a predecessor's: the look says which.
 */
export async function createRestoreJob(
  deps: RestoreActivityDependencies,
  { step, ...input }: CreateRestoreJobInput,
): Promise<RestoreReview> {
  await onFreshRead(async () => {
    const judged = await judgeLive(deps, input);
    if (judged === undefined) return;
    const { seen, decision } = judged;
    if (decision.kind === 'CreateJob' && decision.step === step) await create(deps, seen, decision);
    else await tellOfCreated(deps, seen, step);
  });
  return reviewRestore(deps, input);
}

async function create(
  deps: RestoreActivityDependencies,
  seen: SeenRestore,
  { step, event, retainLatestMvccVersion }: Extract<JudgedRestore['decision'], { kind: 'CreateJob' }>,
): Promise<void> {
  const { restore, nowMs } = seen;
  const { namespace, name } = restore.metadata;
  const job = await buildRestoreJob(deps, { restore, step, retainLatestMvccVersion });
  if (job === undefined) return;
  const creation = await createJob(deps.api, namespace, job);
  if (creation.result === 'refused') {
    await sayRefused(deps, seen, creation.message);
    return;
  }
  if (creation.result === 'created') {
    const { name: jobName } = creation.job.metadata;
    log.info('restore: Job created', { restore: `${namespace}/${name}`, step, job: jobName });
  } else if (!(await isOwnJob(deps, restore, step))) {
    return;
  }
  if (event !== undefined) await recordRestoreEvents(deps.api, { restore, events: [event], nowMs });
}

/** The name is taken: by a run of this activity that died or still runs, or by a predecessor's Job. */
async function isOwnJob(
  deps: RestoreActivityDependencies,
  { metadata: { namespace, name, uid } }: Restore,
  step: RestoreJobStep,
): Promise<boolean> {
  const job = await findJob(deps.api, { namespace, name: restoreJobName(name, step) });
  return job !== undefined && isOwnedBy(job, uid);
}

/** A run of this activity may have died between its Job and its Event. */
async function tellOfCreated(
  deps: RestoreActivityDependencies,
  seen: SeenRestore,
  step: RestoreJobStep,
): Promise<void> {
  const { restore, nowMs } = seen;
  const { state } = observeRestoreJob(seen, step);
  if (state === 'absent' || state === 'foreign') return;
  const event = jobStartedEvent(step, restoreJobName(restore.metadata.name, step));
  await recordRestoreEvents(deps.api, { restore, events: [event], nowMs });
}

/** The API server will not have the Job: the Restore says so, and it is tried again. */
async function sayRefused(
  deps: RestoreActivityDependencies,
  seen: SeenRestore,
  message: string,
): Promise<void> {
  const refused: SeenRestore = { ...seen, obstacles: [{ reason: 'JobRefused', message }] };
  const decision = decideRestore(refused);
  if (decision.kind === 'Write') await write(deps, { seen: refused, decision }, decision);
}
