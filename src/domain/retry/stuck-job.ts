import type { Job } from '../kubernetes/job.js';
import { trueCondition } from '../kubernetes/job-outcome.js';
import type { Pod } from '../kubernetes/pod.js';
import { isNotStarted, waitingReason } from '../kubernetes/pod-start.js';
import { parseTime } from '../time.js';

/** A node that is lost keeps its pod Terminating, and Kubernetes keeps the Job from Failed: after this it counts. */
export const NODE_LOST_AFTER_MS = 2 * 60_000;
/** A pod that could not start for so long will not start by itself. */
const START_DEADLINE_MS = 10 * 60_000;

/** A Job that has not ended: stuck since `sinceMs`, or to be looked at again after `recheckAfterMs`. */
export type StuckJob =
  | { readonly stuck: true; readonly sinceMs: number; readonly reason: string }
  | { readonly stuck: false; readonly recheckAfterMs?: number };

/**
 * Whether a Job that is neither Complete nor Failed counts as a failure all the same.
 * @param pods of this Job; `undefined` where nobody looked, or where a pod is known to have started
 */
export function stuckJob({
  job,
  pods,
  nowMs,
}: {
  job: Job;
  pods: readonly Pod[] | undefined;
  nowMs: number;
}): StuckJob {
  const target = trueCondition(job, 'FailureTarget');
  if (target !== undefined) {
    const sinceMs = parseTime(target.lastTransitionTime) ?? nowMs;
    const reason = `${target.reason ?? 'FailureTarget'} (its pod does not end: node lost?)`;
    return overdue({ sinceMs, nowMs, limitMs: NODE_LOST_AFTER_MS, reason });
  }
  if (pods === undefined || job.spec.suspend === true) return { stuck: false };
  return notStarted({ job, pods, nowMs });
}

function notStarted({ job, pods, nowMs }: { job: Job; pods: readonly Pod[]; nowMs: number }): StuckJob {
  const waiting = pods.filter(isNotStarted);
  if (waiting.length < pods.length) return { stuck: false };
  const [pod] = waiting;
  const sinceMs = parseTime((pod ?? job).metadata.creationTimestamp) ?? nowMs;
  const what = pod === undefined ? 'no pod could be created' : (waitingReason(pod) ?? 'not scheduled');
  return overdue({ sinceMs, nowMs, limitMs: START_DEADLINE_MS, reason: `PodNotStarted (${what})` });
}

function overdue({
  sinceMs,
  nowMs,
  limitMs,
  reason,
}: {
  sinceMs: number;
  nowMs: number;
  limitMs: number;
  reason: string;
}): StuckJob {
  const ageMs = nowMs - sinceMs;
  return ageMs >= limitMs
    ? { stuck: true, sinceMs, reason }
    : { stuck: false, recheckAfterMs: limitMs - ageMs };
}
