import { log } from '@temporalio/activity';
import { decideRestore } from '../../domain/replication/decide-restore.js';
import type { CreateRestoreJobInput } from '../../domain/replication/restore-input.js';
import type { RestoreReview } from '../../domain/replication/restore-review.js';
import { restoreReviewOf } from '../../domain/replication/restore-review-of.js';
import { recordRestoreEvents } from '../../kubernetes/events.js';
import { createJob } from '../../kubernetes/jobs.js';
import { buildRestoreJob } from '../../kubernetes/build-restore-job.js';
import { onFreshRead } from '../on-fresh-read.js';
import type { RestoreActivityDependencies } from './dependencies.js';
import { judgeRestore, type JudgedRestore } from './judge-restore.js';
import { reviewRestore, write } from './review-restore.js';

/**
 * Creates the Job of one step where that is still what is due, and looks again. A Job of the same name that is there
 * already is ours from a run of this activity that died, or a predecessor's: the look says which.
 */
export async function createRestoreJob(
  deps: RestoreActivityDependencies,
  { step, ...input }: CreateRestoreJobInput,
): Promise<RestoreReview> {
  const refused = await onFreshRead(async () => {
    const judged = await judgeRestore(deps, input);
    if (judged?.decision.kind !== 'CreateJob' || judged.decision.step !== step) return undefined;
    return create(deps, judged, judged.decision);
  });
  return refused ?? reviewRestore(deps, input);
}

type CreateDecision = Extract<JudgedRestore['decision'], { kind: 'CreateJob' }>;

/** @returns what comes next where the API server will not have the Job */
async function create(
  deps: RestoreActivityDependencies,
  { seen }: JudgedRestore,
  { step, event, retainLatestMvccVersion }: CreateDecision,
): Promise<RestoreReview | undefined> {
  const { restore, nowMs } = seen;
  const { namespace, name } = restore.metadata;
  const job = await buildRestoreJob(deps, { restore, step, retainLatestMvccVersion });
  if (job === undefined) return undefined;
  const creation = await createJob(deps.api, namespace, job);
  if (creation.result === 'refused') return refuse(deps, seen, creation.message);
  if (creation.result === 'created') {
    log.info('restore: Job created', {
      restore: `${namespace}/${name}`,
      step,
      job: creation.job.metadata.name,
    });
  }
  if (event !== undefined) await recordRestoreEvents(deps.api, { restore, events: [event], nowMs });
  return undefined;
}

async function refuse(
  deps: RestoreActivityDependencies,
  seen: JudgedRestore['seen'],
  message: string,
): Promise<RestoreReview> {
  const refused = { ...seen, obstacles: [{ reason: 'JobRefused', message } as const] };
  const decision = decideRestore(refused);
  if (decision.kind === 'Write') await write(deps, { seen: refused, decision }, decision);
  const told =
    decision.kind === 'Write' ? ({ ...decision, kind: 'Await', reason: 'Obstacle' } as const) : decision;
  return restoreReviewOf(refused, told);
}
