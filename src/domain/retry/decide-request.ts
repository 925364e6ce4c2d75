import type { BackupCommand } from '../backup/backup-command.js';
import { shortDuration } from '../go-duration.js';
import { toRfc3339Seconds } from '../time.js';
import { retryDelayMs } from './backoff.js';
import { maxRetriesOf, retryDeadlineMsOf, retryTimeoutMsOf, withMore } from './budget.js';
import { isOpen, type SeenBackup } from './decide.js';
import type { JobFailure } from './decision.js';
import type { Incident } from './incident.js';
import { judgedHash } from './judged-hash.js';
import type { RetryPolicy } from './policy.js';
import {
  begun,
  endReasonOf,
  hasBegun,
  notFailed,
  pendingFor,
  refuse,
  situationOf,
  type PendingRetry,
  type Refusal,
  type RequestSituation,
} from './request-situation.js';
import { belongsTo } from './observe-job.js';
import type { PersonRequest } from './request.js';
import { newIncident, withoutStop } from './start-incident.js';

/** One more retry, to be recorded with the reason that the failed Job's pods tell. */
export interface AddedRetry {
  readonly failure: JobFailure;
  readonly retryNum: number;
  /** Epoch milliseconds. */
  readonly detectedMs: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
}

/** What a request of a person does to the Backup. `summary` and `reason` are one sentence for them. */
export type RequestDecision =
  | Refusal
  /** What was asked for is on its way already. */
  | { readonly kind: 'Unchanged'; readonly summary: string }
  | {
      readonly kind: 'Change';
      readonly command: BackupCommand;
      readonly summary: string;
      readonly incident: Incident;
      readonly added?: AddedRetry;
      /** New time of the retry that is pending, epoch milliseconds. */
      readonly pendingDueMs?: number;
      /** The incident ends here: condition Failed with reason `RetryStopped`. */
      readonly ends?: true;
    };

type Change = Extract<RequestDecision, { kind: 'Change' }>;
type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>;

/** Pure, from live reads, as `decide` is: a request that was overtaken by events is judged by what is, not by what was. */
export function decideRequest(seen: SeenBackup, request: PersonRequest): RequestDecision {
  const situation = situationOf(seen);
  if ('reason' in situation) return situation;
  switch (request.kind) {
    case 'retryNow':
      return retryNow(situation);
    case 'extendBudget':
      return extendBudget(situation, request);
    case 'stopRetrying':
      return stopRetrying(situation);
    case 'resumeRetrying':
      return resumeRetrying(situation);
  }
}

function retryNow(situation: RequestSituation): RequestDecision {
  const { observation, incident, nowMs } = situation;
  if (observation.state !== 'failed') return refuse(notFailed(situation));
  const { failure } = observation;
  const pending = pendingFor(situation, failure);
  if (pending === undefined) {
    if (isOpen(incident) && incident.lastJobUid === failure.jobUid) return refuse(begun(incident));
    return oneMoreRetry(situation, { failure, dueMs: nowMs });
  }
  const { retryNum, dueMs } = pending;
  if (isOpen(pending.incident) && dueMs <= nowMs) {
    return { kind: 'Unchanged', summary: `retry ${retryNum} is due since ${toRfc3339Seconds(dueMs)}` };
  }
  return movePending(situation, { ...pending, dueMs: nowMs });
}

function extendBudget(situation: RequestSituation, request: Of<'extendBudget'>): RequestDecision {
  const { incident, observation } = situation;
  if (incident === undefined) return refuse(`no incident is known; ${notFailed(situation)}`);
  const extended = withMore(incident, request);
  if (incident.state === 'stopped' || isOpen(incident)) {
    const stays = incident.state === 'stopped' ? '; it stays stopped: resumeRetrying goes on' : '';
    const summary = `the budget is now ${budgetText(situation.policy, extended)}${stays}`;
    return change(situation, { incident: extended, summary });
  }
  if (observation.state !== 'failed') return refuse(notFailed(situation));
  const { failure } = observation;
  if (!belongsTo(incident, failure)) {
    return refuse(`Job ${failure.jobName} has failed anew and is judged first: ask again in a moment`);
  }
  const ended = endReasonOf(situation);
  if (ended === 'PermanentFailure' || ended === 'JobFailed') {
    return refuse(`it ended as ${ended}, not for want of a budget: retryNow starts one more retry`);
  }
  return withinBudget({ ...situation, incident: extended }, { failure });
}

function stopRetrying(situation: RequestSituation): RequestDecision {
  const { backup, incident, observation } = situation;
  if (incident?.state === 'stopped') return refuse('it is stopped already: resumeRetrying goes on');
  if (!isOpen(incident)) return refuse('no incident is open: there is nothing to stop');
  if (observation.state === 'succeeded') return refuse('the backup has succeeded: there is nothing to stop');
  const stopped: Incident = { ...incident, state: 'stopped', specHash: judgedHash(backup) };
  if (observation.state === 'running' || observation.state === 'unconfirmed') {
    const summary = 'the Job runs on; should it fail, it is not retried';
    return change(situation, { incident: { ...stopped, stopPending: true }, summary });
  }
  if (hasBegun(situation, incident)) {
    // Its Job is created in this moment, or never: it runs, or the next review ends the incident for want of it.
    const summary = `${begun(incident)}; should it fail, it is not retried`;
    return change(situation, { incident: { ...stopped, stopPending: true }, summary });
  }
  const lastJobUid = observation.state === 'failed' ? observation.failure.jobUid : incident.lastJobUid;
  const summary = `stopped after ${used(situation.policy, incident)}`;
  return { ...change(situation, { incident: { ...stopped, lastJobUid }, summary }), ends: true };
}

function resumeRetrying(situation: RequestSituation): RequestDecision {
  const { incident, observation, nowMs } = situation;
  if (incident?.state !== 'stopped') {
    const way = isOpen(incident)
      ? 'retrying goes on: retryNow starts the next retry at once'
      : 'retryNow starts a retry of a Backup that failed';
    return refuse(`it is not stopped; ${way}`);
  }
  if (observation.state === 'running' || observation.state === 'unconfirmed') {
    const open: Incident = { ...withoutStop(incident), state: 'open' };
    return change(situation, { incident: open, summary: 'the Job runs; should it fail, it is retried' });
  }
  if (observation.state !== 'failed') return refuse(notFailed(situation));
  const { failure } = observation;
  const pending = pendingFor(situation, failure);
  if (pending !== undefined)
    return movePending(situation, { ...pending, dueMs: Math.max(nowMs, pending.dueMs) });
  // The time during which it was stopped does not count; the number of retries does.
  const resumed = withBudgetFor(incident, situation, {
    retryNum: 0,
    dueMs: dueAfter(situation, { failure, incident }),
  });
  return withinBudget({ ...situation, incident: resumed }, { failure });
}

/** One more retry after its backoff, if the budget has room for it. */
function withinBudget(
  situation: RequestSituation & { incident: Incident },
  { failure }: { failure: JobFailure },
): RequestDecision {
  const { incident, policy } = situation;
  const maxRetries = maxRetriesOf(policy, incident);
  if (incident.retries >= maxRetries) {
    const ways = 'extendBudget with retries first, or retryNow for one more retry';
    return refuse(`${incident.retries} of ${maxRetries} retries are used: ${ways}`);
  }
  const dueMs = dueAfter(situation, { failure, incident });
  const deadlineMs = retryDeadlineMsOf(policy, incident);
  if (dueMs > deadlineMs) {
    const late = `the retry would start at ${toRfc3339Seconds(dueMs)}, after ${toRfc3339Seconds(deadlineMs)}`;
    const missing = shortDuration(Math.ceil((dueMs - deadlineMs) / 60_000) * 60_000);
    return refuse(`${late}: extendBudget with a timeout of ${missing} or more, or retryNow`);
  }
  return oneMoreRetry(situation, { failure, dueMs });
}

/** A retry now or later, in a budget that grows where that needs it. */
function oneMoreRetry(
  situation: RequestSituation,
  { failure, dueMs }: { failure: JobFailure; dueMs: number },
): RequestDecision {
  const { backup, incident, nowMs } = situation;
  const goesOn = incident !== undefined && (isOpen(incident) || belongsTo(incident, failure));
  const base = goesOn
    ? withoutStop(incident)
    : newIncident({ jobUid: failure.jobUid, firstFailedMs: nowMs, hash: judgedHash(backup) });
  const retryNum = base.retries + 1;
  const budgeted = withBudgetFor(base, situation, { retryNum, dueMs });
  const open: Incident = { ...budgeted, retries: retryNum, lastJobUid: failure.jobUid, state: 'open' };
  const summary = `retry ${retryNum} of ${maxRetriesOf(situation.policy, open)} at ${toRfc3339Seconds(dueMs)}`;
  return {
    ...change(situation, { incident: open, summary }),
    added: { failure, retryNum, detectedMs: nowMs, dueMs },
  };
}

function movePending(
  situation: RequestSituation,
  { incident, retryNum, dueMs }: PendingRetry,
): RequestDecision {
  const summary = `retry ${retryNum} of ${maxRetriesOf(situation.policy, incident)} at ${toRfc3339Seconds(dueMs)}`;
  const open: Incident = { ...withoutStop(incident), state: 'open' };
  return { ...change(situation, { incident: open, summary }), pendingDueMs: dueMs };
}

/** The incident with a budget in which this retry fits. */
function withBudgetFor(
  incident: Incident,
  { policy }: RequestSituation,
  { retryNum, dueMs }: { retryNum: number; dueMs: number },
): Incident {
  const retries = Math.max(0, retryNum - maxRetriesOf(policy, incident));
  const timeoutMs = Math.max(0, dueMs - retryDeadlineMsOf(policy, incident));
  return retries + timeoutMs === 0 ? incident : withMore(incident, { retries, timeoutMs });
}

function dueAfter(
  { policy, nowMs }: RequestSituation,
  { failure, incident }: { failure: JobFailure; incident: Incident },
): number {
  return Math.max(nowMs, (failure.sinceMs ?? nowMs) + retryDelayMs(policy, incident.retries + 1));
}

function used(policy: RetryPolicy, incident: Incident): string {
  return `${incident.retries} of ${maxRetriesOf(policy, incident)} retries`;
}

function budgetText(policy: RetryPolicy, incident: Incident): string {
  return `${maxRetriesOf(policy, incident)} retries within ${shortDuration(retryTimeoutMsOf(policy, incident))}`;
}

function change(
  { command }: RequestSituation,
  { incident, summary }: { incident: Incident; summary: string },
): Change {
  return { kind: 'Change', command, incident, summary };
}
