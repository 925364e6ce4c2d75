import { describeProblems, type FieldProblem } from '../field-problem.js';
import { mayRetainLatestMvccVersion } from './gate.js';
import { observeRestoreJob, runningSteps } from './observe-restore-job.js';
import type { RestoreAwaitReason, RestoreDecision } from './restore-decision.js';
import { jobStartedEvent, waitingEvent, type RestoreEvent } from './restore-events.js';
import { restoreJobName } from './restore-job-name.js';
import {
  settledReasonOf,
  statusWithRestoreCondition,
  statusWithWaiting,
  type RestoreConditionUpdate,
  type Waiting,
} from './restore-status.js';
import type { RestoreJobStep } from './restore-step.js';
import type { SeenRestore } from './seen-restore.js';

/** What was seen, and what follows from the spec alone. */
export interface RestoreSituation extends SeenRestore {
  /** `nowMs` as the status spells times. */
  readonly now: string;
  readonly problems: readonly FieldProblem[];
}

/** Clusters, ConfigMaps and Secrets are not watched, nor is a Job of somebody else. */
const OBSTACLE_RECHECK_MS = 15_000;
/** Pods of restores are not watched either. */
const PODS_RECHECK_MS = 2_000;
/** A Job that is Complete while its pod says nothing: the last write may still come. */
const REPORT_GRACE_MS = 60_000;

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

/** Creates the Job of a step that is due; or says what is in its way. */
export function createOrWait(situation: RestoreSituation, step: RestoreJobStep): RestoreDecision {
  const blocked = blockedBy(situation, step);
  const waiting = showWaiting(situation, blocked);
  if (waiting !== undefined) return waiting;
  return blocked === undefined
    ? createJob(situation, step)
    : awaitDecision('Obstacle', blocked.message, obstacleRecheckMs(blocked));
}

/** The write after which the Restore says what it waits for; `undefined` where it says so already. */
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

/** When to look again at what keeps a Job from being created; `undefined` where the watch tells. */
export function obstacleRecheckMs({ reason }: Waiting): number | undefined {
  return reason === 'InvalidSpec' ? undefined : OBSTACLE_RECHECK_MS;
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

function awaitPods(livePods: readonly string[], then: string): RestoreDecision {
  const summary = `pods of this Restore still run (${livePods.join(', ')}): ${then}`;
  return awaitDecision('PodsEnding', summary, PODS_RECHECK_MS);
}

export function awaitDecision(
  reason: RestoreAwaitReason,
  summary: string,
  recheckAfterMs?: number,
): RestoreDecision {
  return { kind: 'Await', reason, summary, ...(recheckAfterMs !== undefined && { recheckAfterMs }) };
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
  const change = changeOf(update.type);
  return {
    kind: 'Write',
    change,
    status: statusWithWaiting(status, { waiting: undefined, now }),
    events,
    summary,
  };
}

function changeOf(
  type: RestoreConditionUpdate['type'],
): Extract<RestoreDecision, { kind: 'Write' }>['change'] {
  switch (type) {
    case 'Running':
      return 'Scheduled';
    case 'PruneRunning':
    case 'PruneComplete':
    case 'PruneFailed':
      return 'PruneEnded';
    default:
      return type;
  }
}

/** Its Event is written when the restore has ended: see `Ended`. */
export function fail(
  situation: RestoreSituation,
  { reason, message }: { reason: string; message: string },
): RestoreDecision {
  return writeCondition(situation, { type: 'Failed', reason, message, summary: `${reason}: ${message}` });
}

/** A Job whose pod's manager writes the end: it is Complete, and the Restore does not say so yet. */
export function awaitReport(
  situation: RestoreSituation,
  { endedAtMs, jobName }: { endedAtMs: number | undefined; jobName: string },
): RestoreDecision | undefined {
  const ageMs = situation.nowMs - (endedAtMs ?? situation.nowMs);
  if (ageMs >= REPORT_GRACE_MS) return undefined;
  const summary = `Job ${jobName} is complete, its pod has not reported yet`;
  return awaitDecision('ManagerReport', summary, REPORT_GRACE_MS - ageMs);
}

/** A Job that was deleted under the program in its pod: once no pod of it runs, nobody will report any more. */
export function jobDeleted(
  situation: RestoreSituation,
  { step, reason }: { step: RestoreJobStep; reason: string },
): RestoreDecision {
  const jobName = restoreJobName(situation.restore.metadata.name, step);
  const { livePods = [] } = situation;
  if (livePods.length > 0) return awaitPods(livePods, `Job ${jobName} was deleted`);
  return fail(situation, { reason, message: `Job ${jobName} was deleted while the restore ran` });
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
