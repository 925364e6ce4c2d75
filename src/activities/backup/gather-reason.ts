import { failedContainer, originalReason, reportedFailure } from '../../domain/retry/evidence.js';
import type { FailureEvidence } from '../../domain/retry/evidence.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import { classifyFailure, type Classification } from '../../domain/retry/failure-class.js';
import type { Pod } from '../../domain/kubernetes/pod.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { podsOfJob } from '../../kubernetes/jobs.js';
import type { BackupActivityDependencies } from './dependencies.js';

/** Reading a log never delays the record by more. */
const LOG_TIMEOUT_MS = 200;
const LOG_TAIL_LINES = 50;
const LOG_LIMIT_BYTES = 16_384;

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
  const logTail = newest === undefined ? undefined : await logTailOf(deps, newest);
  const reported = reportedFailure(seen.backup.status, command);
  const evidence: FailureEvidence = { pods, logTail, jobReason, reported };
  return { reason: originalReason(evidence), classification: classifyFailure(evidence), evidence };
}

async function logTailOf({ api }: BackupActivityDependencies, pod: Pod): Promise<string | undefined> {
  const container = failedContainer(pod)?.name;
  try {
    return await api.podLog({
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      ...(container !== undefined && { container }),
      tailLines: LOG_TAIL_LINES,
      limitBytes: LOG_LIMIT_BYTES,
      timeoutMs: LOG_TIMEOUT_MS,
    });
  } catch (failure) {
    // The log is a bonus: a kubelet that is slow or gone must not keep the record waiting.
    if (failure instanceof ApiFailure) return undefined;
    throw failure;
  }
}
