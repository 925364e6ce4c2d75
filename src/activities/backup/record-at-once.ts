import type { RetryReview } from '../../domain/retry/review.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { onFreshRead } from '../on-fresh-read.js';
import { judgeBackup } from './observe-backup.js';
import { recordRetryable } from './write-decision.js';

/**
 * The watch records a failure itself, before it wakes the workflow, which is then told when the retry is due: people
 * see the record sooner, and in a storm every incident costs one activity less (decision 0009). What it sees is read
 * live and written under the version that was read, as by the workflow's own review.
 * @returns `undefined` where there is nothing to record, or more to do than that: the workflow looks for itself
 */
export async function recordAtOnce(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<RetryReview | undefined> {
  return onFreshRead(async () => {
    const judged = await judgeBackup(deps, input);
    if (judged?.decision.kind !== 'Record') return undefined;
    return recordRetryable(deps, { seen: judged.seen, decision: judged.decision });
  });
}
