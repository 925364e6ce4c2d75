import { describeProblems, type FieldProblem } from '../field-problem.js';
import { toRfc3339Seconds } from '../time.js';
import { beginPrune, decidePrune, wantsPrune } from './decide-prune.js';
import { decideReplication } from './decide-replication.js';
import { decideStandard } from './decide-standard.js';
import { gateOf } from './gate-of.js';
import { leaveRestore } from './leave-restore.js';
import { observeRestoreJob, runningSteps } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { completeEvent, failedEvent, invalidEvent } from './restore-events.js';
import { restoreModeOf, type RestoreMode } from './restore-mode.js';
import { restoreProblems } from './restore-problems.js';
import { awaitDecision, fail, stopRunning, waitFor, writeCondition } from './restore-decisions.js';
import type { RestoreSituation } from './restore-situation.js';
import { hasBegun, refusalOf, trueRestoreCondition } from './restore-status.js';
import type { RestoreJobStep } from './restore-step.js';
import type { RestoreCondition } from './restore.js';
import type { SeenRestore } from './seen-restore.js';

/** The whole decision about one Restore: pure, so that a repeated, late or stale nudge decides the same. */
export function decideRestore(seen: SeenRestore): RestoreDecision {
  const leave = leaveRestore(seen.restore);
  if (leave !== undefined) return leave;
  const { metadata, spec } = seen.restore;
  const mode = restoreModeOf(spec);
  const situation: RestoreSituation = {
    ...seen,
    now: toRfc3339Seconds(seen.nowMs),
    problems: [...modeProblems(mode), ...restoreProblems(seen.restore), ...withdrawnProblems(seen)],
  };
  if (metadata.deletionTimestamp !== undefined) return endDeleted(situation);
  return decideEnded(situation) ?? decideUnfinished(situation);
}

function modeProblems(mode: { mode: RestoreMode } | { problem: FieldProblem }): FieldProblem[] {
  if ('problem' in mode) return [mode.problem];
  if (mode.mode === 'pitr') return [];
  return [{ path: 'spec.restoreMode', received: mode.mode, expected: 'pitr, as when the restore began' }];
}

function withdrawnProblems({ restore: { spec, status } }: SeenRestore): FieldProblem[] {
  if ((status.replicationStep ?? '') === '' || spec.replicationConfig != null) return [];
  return [{ path: 'spec.replicationConfig', received: '', expected: 'to stay while the restore runs' }];
}

function decideEnded(situation: RestoreSituation): RestoreDecision | undefined {
  const { status } = situation.restore;
  switch (status.phase) {
    case 'Complete': {
      const events = [completeEvent(status.commitTs)];
      return { kind: 'Ended', outcome: 'Complete', events, summary: 'the restore is complete' };
    }
    case 'Failed':
      return decideFailed(situation);
    case 'PruneScheduled':
    case 'PruneRunning':
      return besideOperator(situation) ?? decidePrune(situation);
    case 'PruneComplete':
    case 'PruneFailed':
      return { kind: 'Ended', outcome: 'Failed', events: [], summary: `the restore failed; ${status.phase}` };
    default:
      return undefined;
  }
}

/** Failed is the end only when no Job runs: with a backoffLimit the next pod of it may still succeed. */
function decideFailed(situation: RestoreSituation): RestoreDecision {
  const { restore, cancelled } = situation;
  const failed = trueRestoreCondition(restore.status, 'Failed');
  const running = runningSteps(situation);
  if (cancelled !== undefined) {
    const stopping = stopRunning(situation, cancelled);
    if (stopping !== undefined) return stopping;
    if (isWordOfStopped(situation, failed)) return fail(situation, cancellation(cancelled));
  }
  if (running.length > 0) {
    const summary = `the pod reported a failure, and its Job has not ended (${running.join(', ')})`;
    return awaitDecision('LogRestoreRunning', summary);
  }
  if (wantsPrune(situation)) return besideOperator(situation) ?? beginPrune(situation);
  const event = failedEvent(failed, restore.status.replicationStep);
  return { kind: 'Ended', outcome: 'Failed', events: [event], summary: event.message };
}

/** Failed as the program in the pod writes it when it is stopped; a Job that failed by itself is still there. */
function isWordOfStopped(situation: RestoreSituation, failed: RestoreCondition | undefined): boolean {
  const { status } = situation.restore;
  const { replicationStep } = status;
  if (!hasBegun(status) || replicationStep === 'snapshot-restore') return false;
  const step = replicationStep === 'log-restore' ? replicationStep : 'standard';
  return observeRestoreJob(situation, step).state === 'absent' && !OWN_REASONS.includes(failed?.reason ?? '');
}

/** Reasons of Failed in the log half and in a standard restore that are ours. */
const OWN_REASONS: readonly string[] = ['LogRestoreFailed', 'RestoreFailed', 'RestoreCancelled'];

function decideUnfinished(situation: RestoreSituation): RestoreDecision {
  const { restore, cancelled, problems } = situation;
  const refusal = refusalOf(restore.status);
  if (cancelled !== undefined && !isDone(situation)) return endEarly(situation, cancellation(cancelled));
  if (refusal !== undefined) {
    const { reason = 'GateClosed', message = '' } = refusal;
    return endEarly(situation, { reason, message });
  }
  const theirs = besideOperator(situation);
  if (theirs !== undefined) return theirs;
  if (problems.length > 0 && !hasBegun(restore.status)) return markInvalid(situation);
  return isStandard(situation) ? decideStandard(situation) : decideReplication(situation);
}

/** TiDB Operator judges and writes a Restore that it sees, and says so: only one of both may. */
function besideOperator(situation: RestoreSituation): RestoreDecision | undefined {
  const theirs = situation.obstacles?.find(({ reason }) => reason === 'OperatorSeesRestore');
  return theirs && waitFor(situation, theirs);
}

/** BR has ended by itself: what is missing is only the word of its pod, or ours. */
function isDone(situation: RestoreSituation): boolean {
  const last: readonly RestoreJobStep[] = ['log-restore', 'standard'];
  const states = last.map((step) => observeRestoreJob(situation, step).state);
  return (
    gateOf(situation).snapshot === 'failed' ||
    states.some((state) => state === 'complete' || state === 'failed')
  );
}

function isStandard({ restore, jobs }: RestoreSituation): boolean {
  const { spec, status } = restore;
  if ((status.replicationStep ?? '') !== '') return false;
  const job = observeRestoreJob({ restore, jobs }, 'standard').state;
  return spec.replicationConfig == null || (job !== 'absent' && job !== 'foreign');
}

function cancellation(cancelled: string): { reason: string; message: string } {
  return { reason: 'RestoreCancelled', message: cancelled };
}

function endEarly(situation: RestoreSituation, end: { reason: string; message: string }): RestoreDecision {
  return stopRunning(situation, end.message) ?? fail(situation, end);
}

/** Nobody reads the status any more: only what runs is stopped. */
function endDeleted(situation: RestoreSituation): RestoreDecision {
  const summary = 'the Restore is being deleted';
  return stopRunning(situation, summary) ?? { kind: 'Ended', outcome: 'Deleted', events: [], summary };
}

/** The same spec is told once; another one is judged again. */
function markInvalid(situation: RestoreSituation): RestoreDecision {
  const { restore, problems } = situation;
  const message = describeProblems(problems);
  const told = trueRestoreCondition(restore.status, 'Invalid');
  if (restore.status.phase === 'Invalid' && told?.message === message) {
    return { kind: 'Ended', outcome: 'Invalid', events: [invalidEvent(message)], summary: message };
  }
  return writeCondition(situation, { type: 'Invalid', reason: 'InvalidSpec', message, summary: message });
}
