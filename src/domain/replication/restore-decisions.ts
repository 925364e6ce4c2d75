import { runningSteps } from './observe-restore-job.js';
import { mayRetainLatestMvccVersion } from './gate.js';
import type { RestoreAwaitReason, RestoreDecision } from './restore-decision.js';
import { jobStartedEvent, waitingEvent, type RestoreEvent } from './restore-events.js';
import { restoreJobName } from './restore-job-name.js';
import { blockedBy, type RestoreSituation } from './restore-situation.js';
import {
  settledReasonOf,
  statusWithRestoreCondition,
  statusWithWaiting,
  trueRestoreCondition,
  type RestoreConditionUpdate,
  type Waiting,
} from './restore-status.js';
import type { RestoreJobStep } from './restore-step.js';
import { targetClusterOf } from './target-cluster.js';

/** The parts that decisions of all steps are made of. */

/** ConfigMaps and Secrets are not watched, nor are TiDB Operators, or a Job of somebody else. */
const OBSTACLE_RECHECK_MS = 15_000;
/** The watch tells of a TidbCluster that appears; this is for what it missed. */
const CLUSTER_RECHECK_MS = 600_000;
/** Pods of restores are not watched either. */
const PODS_RECHECK_MS = 2_000;

export function awaitDecision(
  reason: RestoreAwaitReason,
  summary: string,
  recheckAfterMs?: number,
): RestoreDecision {
  return { kind: 'Await', reason, summary, ...(recheckAfterMs !== undefined && { recheckAfterMs }) };
}

/** Somebody has to bring something: the Restore says it, once, and then it is waited for. */
export function waitFor(situation: RestoreSituation, waiting: Waiting): RestoreDecision {
  return showWaiting(situation, waiting) ?? awaitObstacle(situation, waiting);
}

export function awaitObstacle(situation: RestoreSituation, { reason, message }: Waiting): RestoreDecision {
  return awaitDecision('Obstacle', message, obstacleRecheckMs(situation, reason));
}

function obstacleRecheckMs({ restore }: RestoreSituation, reason: string): number | undefined {
  if (reason === 'InvalidSpec') return undefined;
  // A worker may be told to watch some namespaces alone: the Restore's is one of them.
  const isWatched = targetClusterOf(restore)?.namespace === restore.metadata.namespace;
  return reason === 'TidbClusterNotFound' && isWatched ? CLUSTER_RECHECK_MS : OBSTACLE_RECHECK_MS;
}

/** The write after which the Restore says what it waits for, or that it does not any more; `undefined` where it does. */
function showWaiting(
  { restore: { status }, now }: RestoreSituation,
  waiting: Waiting | undefined,
): RestoreDecision | undefined {
  const next = statusWithWaiting(status, { waiting, now });
  if (next === status) return undefined;
  return {
    kind: 'Write',
    change: 'Waiting',
    status: next,
    events: waiting === undefined ? [] : [waitingEvent(waiting)],
    summary: waiting?.message ?? 'nothing is in the way any more',
  };
}

/** Creates the Job of a step that is due; or says what is in its way. */
export function createOrWait(situation: RestoreSituation, step: RestoreJobStep): RestoreDecision {
  const blocked = blockedBy(situation, step);
  if (blocked !== undefined) return waitFor(situation, blocked);
  return showWaiting(situation, undefined) ?? createJob(situation, step);
}

export function createJob(situation: RestoreSituation, step: RestoreJobStep): RestoreDecision {
  const { restore, livePods = [] } = situation;
  const jobName = restoreJobName(restore.metadata.name, step);
  if (livePods.length > 0) return awaitPods(livePods, `Job ${jobName} is created after them`);
  const settled = settledReasonOf(restore.status);
  return {
    kind: 'CreateJob',
    step,
    retainLatestMvccVersion: step !== 'log-restore' || mayRetainLatestMvccVersion(settled),
    event: jobStartedEvent(step, jobName),
    summary: `Job ${jobName} is to be created`,
  };
}

export function awaitPods(livePods: readonly string[], then: string): RestoreDecision {
  const summary = `pods of this Restore still run (${livePods.join(', ')}): ${then}`;
  return awaitDecision('PodsEnding', summary, PODS_RECHECK_MS);
}

/** One write of a condition that is the phase too; whatever was waited for is over with it. */
export function writeCondition(
  { restore, now }: RestoreSituation,
  {
    events = [],
    summary,
    ...update
  }: Omit<RestoreConditionUpdate, 'now'> & { events?: readonly RestoreEvent[]; summary: string },
): RestoreDecision {
  const status = statusWithRestoreCondition(restore.status, { ...update, now });
  return {
    kind: 'Write',
    change: update.type,
    status: statusWithWaiting(status, { waiting: undefined, now }),
    events,
    summary,
  };
}

/** Its Event is written when the restore has ended: see `Ended`. */
export function fail(
  situation: RestoreSituation,
  { reason, message }: { reason: string; message: string },
): RestoreDecision {
  return writeCondition(situation, { type: 'Failed', reason, message, summary: `${reason}: ${message}` });
}

/** A Job failed whose pod could speak: with a backoffLimit its last words stand in condition Running. */
export function failAfterPod(
  situation: RestoreSituation,
  { reason, message }: { reason: string; message: string },
): RestoreDecision {
  const said = trueRestoreCondition(situation.restore.status, 'Running')?.message ?? '';
  return fail(situation, {
    reason,
    // What BR said last may be in the message already.
    message: said === '' || message.includes(said) ? message : `${message}; its last pod said: ${said}`,
  });
}

/** Stops what runs, and ends only when no pod is left: nothing that a running BR relies on is taken away before. */
export function stopRunning(situation: RestoreSituation, why: string): RestoreDecision | undefined {
  const { livePods = [] } = situation;
  const steps = runningSteps(situation);
  if (steps.length === 0 && livePods.length === 0) return undefined;
  const names = steps.map((step) => restoreJobName(situation.restore.metadata.name, step));
  const summary = `stopping ${[...names, ...livePods].join(', ')}: ${why}`;
  return { kind: 'StopJobs', steps, why, summary };
}
