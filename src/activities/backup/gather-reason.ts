import { originalReason, reportedFailure } from '../../domain/retry/evidence.js';
import type { FailureEvidence } from '../../domain/retry/evidence.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import { classifyFailure, type Classification } from '../../domain/retry/failure-class.js';
import { podsOfJob } from '../../kubernetes/jobs.js';
import { readLogTail } from '../../kubernetes/log-tail.js';
import type { BackupActivityDependencies } from './dependencies.js';

/** Why a run failed, as far as its pods and the in-pod manager still tell. */
export interface GatheredReason {
  /** One line for people, without secrets. */
  readonly reason: string;
  readonly classification: Classification;
  readonly evidence: FailureEvidence;
}

export async function gatherReason(
  deps: BackupActivityDependencies,
  failed: {
    seen: Pick<SeenBackup, 'backup' | 'job'>;
    command: BackupCommand;
    /** The Job condition's reason, or what happened to the Job. */
    jobReason: string;
  },
): Promise<GatheredReason> {
  const { seen, command, jobReason } = failed;
  const pods = seen.job === undefined ? [] : await podsOfJob(deps.api, seen.job);
  const [newest] = pods;
  const logTail = newest === undefined ? undefined : await readLogTail(deps.api, newest);
  const reported = reportedFailure(seen.backup.status, command);
  const evidence: FailureEvidence = { pods, logTail, jobReason, reported };
  return { reason: originalReason(evidence), classification: classifyFailure(evidence), evidence };
}
