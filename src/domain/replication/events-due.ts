import { parseTime } from '../time.js';
import { observeRestoreJob } from './observe-restore-job.js';
import { compactBackupName } from './restore-markers.js';
import {
  compactSettledEvent,
  failedEvent,
  jobStartedEvent,
  waitingEvent,
  type RestoreEvent,
} from './restore-events.js';
import { restoreJobName } from './restore-job-name.js';
import { settledReasonOf, trueRestoreCondition, WAITING_CONDITION, waitingOf } from './restore-status.js';
import { RESTORE_JOB_STEPS } from './restore-step.js';
import type { SeenRestore } from './seen-restore.js';

/** Kubernetes keeps an Event for an hour where nobody says otherwise: what is older has been told, or is no news. */
const EVENT_LIFETIME_MS = 3_600_000;

/**
 * The Events that go with what stands in the cluster: they are written after it, so that nothing waits for them, and by
 * whoever looks next where a run died in between. The end of a restore has its own (`Ended`).
 */
export function eventsDue(seen: SeenRestore): RestoreEvent[] {
  const waiting = dueWaiting(seen);
  // TiDB Operator runs it: what it did is not ours to tell.
  if (waitingOf(seen.restore.status)?.reason === 'OperatorSeesRestore') return waiting;
  return [...dueStarts(seen), ...dueSettled(seen), ...dueFailure(seen), ...waiting];
}

function dueStarts(seen: SeenRestore): RestoreEvent[] {
  return RESTORE_JOB_STEPS.flatMap((step) => {
    const { state } = observeRestoreJob(seen, step);
    const createdAt = seen.jobs[step]?.metadata.creationTimestamp;
    if (state === 'absent' || state === 'foreign' || !isNews(seen, createdAt)) return [];
    return [jobStartedEvent(step, restoreJobName(seen.restore.metadata.name, step))];
  });
}

function dueSettled(seen: SeenRestore): RestoreEvent[] {
  const { status } = seen.restore;
  const marker = trueRestoreCondition(status, 'CompactSettled');
  const reason = settledReasonOf(status);
  if (reason === undefined || !isNews(seen, marker?.lastTransitionTime)) return [];
  return [compactSettledEvent({ reason, message: marker?.message ?? '' }, compactBackupName(seen))];
}

/** The phase that follows says Failed no more. */
function dueFailure(seen: SeenRestore): RestoreEvent[] {
  const { phase = '', replicationStep } = seen.restore.status;
  const failed = trueRestoreCondition(seen.restore.status, 'Failed');
  if (!phase.startsWith('Prune') || !isNews(seen, failed?.lastTransitionTime)) return [];
  return [failedEvent(failed, replicationStep)];
}

function dueWaiting(seen: SeenRestore): RestoreEvent[] {
  const { status } = seen.restore;
  const waiting = waitingOf(status);
  const since = trueRestoreCondition(status, WAITING_CONDITION)?.lastTransitionTime;
  return waiting === undefined || !isNews(seen, since) ? [] : [waitingEvent(waiting)];
}

function isNews({ nowMs }: SeenRestore, at: string | null | undefined): boolean {
  const atMs = parseTime(at);
  return atMs !== undefined && nowMs - atMs < EVENT_LIFETIME_MS;
}
