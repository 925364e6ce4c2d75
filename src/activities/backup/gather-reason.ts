import { failedContainer, originalReason } from '../../domain/retry/evidence.js';
import type { Job } from '../../domain/kubernetes/job.js';
import type { Pod } from '../../domain/kubernetes/pod.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { podsOfJob } from '../../kubernetes/jobs.js';
import type { BackupActivityDependencies } from './dependencies.js';

/** Reading a log never delays the record by more. */
const LOG_TIMEOUT_MS = 200;
const LOG_TAIL_LINES = 50;
const LOG_LIMIT_BYTES = 16_384;

/** Why a Job failed, as far as its pods still tell. */
export async function gatherReason(
  deps: BackupActivityDependencies,
  { job, jobReason }: { job: Job | undefined; jobReason: string },
): Promise<string> {
  if (job === undefined) return jobReason;
  const pods = await podsOfJob(deps.api, job);
  const [newest] = pods;
  const logTail = newest === undefined ? undefined : await logTailOf(deps, newest);
  return originalReason({ pods, logTail, jobReason });
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
