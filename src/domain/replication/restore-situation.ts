import { describeProblems, type FieldProblem } from '../field-problem.js';
import { observeRestoreJob } from './observe-restore-job.js';
import { restoreJobName } from './restore-job-name.js';
import type { Waiting } from './restore-status.js';
import type { RestoreJobStep } from './restore-step.js';
import type { SeenRestore } from './seen-restore.js';

/** What was seen, and what follows from the spec alone. */
export interface RestoreSituation extends SeenRestore {
  /** `nowMs` as the status spells times. */
  readonly now: string;
  readonly problems: readonly FieldProblem[];
}

/** Why the Job of this step cannot be created now; `undefined` where nothing is in the way. */
export function blockedBy(situation: RestoreSituation, step: RestoreJobStep): Waiting | undefined {
  const { problems, restore, obstacles = [] } = situation;
  if (problems.length > 0) return invalidSpec(problems);
  if (observeRestoreJob(situation, step).state === 'foreign') {
    const name = restoreJobName(restore.metadata.name, step);
    const message = `Job ${name} belongs to a deleted predecessor of this Restore: waiting for it to go`;
    return { reason: 'PredecessorJob', message };
  }
  // To abort what BR left behind needs no history in TiKV.
  const standing = obstacles.filter(({ reason }) => step !== 'prune' || reason !== 'TikvGateClosed');
  const [first] = standing;
  return first && { reason: first.reason, message: standing.map(({ message }) => message).join('; ') };
}

export function invalidSpec(problems: readonly FieldProblem[]): Waiting {
  return { reason: 'InvalidSpec', message: describeProblems(problems) };
}
