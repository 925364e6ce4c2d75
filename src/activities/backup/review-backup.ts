import type { Decision } from '../../domain/retry/decision.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { Review } from '../../domain/retry/review.js';
import { awaitReview, leaveReview } from '../../domain/retry/review-of.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { onFreshRead } from '../on-fresh-read.js';
import { judgeBackup } from './observe-backup.js';
import { endBadly, markInvalid, pendingRetry, recordFailure, reschedule, settle } from './write-decision.js';

/** Looks at the live objects, writes what the decision says, and tells the workflow what comes next. */
export async function reviewBackup(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<Review> {
  return onFreshRead(async () => (await lookOnce(deps, input)) ?? (await lookAgain(deps, input)));
}

async function lookOnce(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<Review | undefined> {
  const judged = await judgeBackup(deps, input);
  return judged === undefined
    ? { next: 'Done', outcome: 'Left', summary: 'the Backup does not exist any more' }
    : carryOut(deps, judged.seen, judged.decision);
}

/** After a write that turned a failure into a success: the Backup is judged by what it says now. */
async function lookAgain(deps: BackupActivityDependencies, input: SuperviseBackupInput): Promise<Review> {
  const again: Review = { next: 'Await', summary: 'BR had done it before', recheckAfterMs: 1_000 };
  return (await lookOnce(deps, input)) ?? again;
}

async function carryOut(
  deps: BackupActivityDependencies,
  seen: SeenBackup,
  decision: Decision,
): Promise<Review | undefined> {
  switch (decision.kind) {
    case 'Leave':
      return leaveReview(decision, seen.backup);
    case 'Await':
      return awaitReview(decision);
    case 'CreateFirstJob':
      return { next: 'CreateFirstJob', summary: `the first Job (${decision.command}) is ours to create` };
    case 'MarkInvalid':
      return markInvalid(deps, { seen, decision });
    case 'Record':
      return recordFailure(deps, { seen, decision });
    case 'Reschedule':
      return reschedule(deps, { seen, decision });
    case 'Retry':
      return pendingRetry(deps, { seen, decision });
    case 'EndBadly':
      return endBadly(deps, { seen, decision });
    case 'Settle':
      return settle(deps, { seen, decision });
  }
}
