import { describeProblems, type FieldProblem } from '../field-problem.js';
import { MANAGED_LABEL } from '../labels.js';
import { toRfc3339Seconds } from '../time.js';
import { beginPrune, decidePrune, wantsPrune } from './decide-prune.js';
import { decideReplication } from './decide-replication.js';
import { decideStandard } from './decide-standard.js';
import { observeRestoreJob, runningSteps } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { completeEvent, failedEvent, invalidEvent } from './restore-events.js';
import { restoreModeOf, type RestoreMode } from './restore-mode.js';
import { restoreProblems } from './restore-problems.js';
import {
  awaitDecision,
  createOrWait,
  fail,
  stopRunning,
  writeCondition,
  type RestoreSituation,
} from './restore-situation.js';
import { refusalOf, trueRestoreCondition } from './restore-status.js';
import type { RestoreJobStep } from './restore-step.js';
import type { SeenRestore } from './seen-restore.js';

/** The whole decision about one Restore: pure, so that a repeated, late or stale nudge decides the same. */
export function decideRestore(seen: SeenRestore): RestoreDecision {
  const { metadata, spec } = seen.restore;
  if (metadata.labels?.[MANAGED_LABEL] !== 'true') {
    const summary = `the Restore is not labelled ${MANAGED_LABEL}: "true"`;
    return { kind: 'Leave', reason: 'NotManaged', summary };
  }
  const mode = restoreModeOf(spec);
  if ('mode' in mode && mode.mode !== 'pitr' && (seen.restore.status.replicationStep ?? '') === '') {
    return {
      kind: 'Leave',
      reason: 'NotPitr',
      summary: `the Restore is no point-in-time restore (${mode.mode})`,
    };
  }
  const situation: RestoreSituation = {
    ...seen,
    now: toRfc3339Seconds(seen.nowMs),
    problems: [...modeProblems(mode), ...restoreProblems(seen.restore), ...withdrawnProblems(seen)],
  };
  if (metadata.deletionTimestamp !== undefined) return endDeleted(situation);
  return decideEnded(situation) ?? decideUnfinished(situation);
}

/** A Job of this Restore may exist: from here on it is ours to bring to an end. */
function hasBegun({ restore: { status } }: SeenRestore): boolean {
  return (status.replicationStep ?? '') !== '' || status.timeStarted != null;
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
      return decidePrune(situation);
    case 'PruneComplete':
    case 'PruneFailed':
      return { kind: 'Ended', outcome: 'Failed', events: [], summary: `the restore failed; ${status.phase}` };
    default:
      return undefined;
  }
}

/** Failed is the end only when no Job runs: with a backoffLimit the next pod of it may still succeed. */
function decideFailed(situation: RestoreSituation): RestoreDecision {
  const { status } = situation.restore;
  const running = runningSteps(situation);
  if (running.length > 0) {
    return situation.cancelled === undefined
      ? awaitDecision(
          'LogRestoreRunning',
          `the pod reported a failure, and its Job has not ended (${running.join(', ')})`,
        )
      : (stopRunning(situation, situation.cancelled) ?? fail(situation, cancellation(situation.cancelled)));
  }
  if (wantsPrune(situation)) return beginPrune(situation);
  const failed = trueRestoreCondition(status, 'Failed');
  const event = failedEvent(failed, status.replicationStep);
  return { kind: 'Ended', outcome: 'Failed', events: [event], summary: event.message };
}

function decideUnfinished(situation: RestoreSituation): RestoreDecision {
  const { restore, cancelled, problems } = situation;
  const refusal = refusalOf(restore.status);
  if (cancelled !== undefined && !isDone(situation)) return endEarly(situation, cancellation(cancelled));
  if (refusal !== undefined) {
    const { reason = 'GateClosed', message = '' } = refusal;
    return endEarly(situation, { reason, message });
  }
  // Where TiDB Operator judges and writes it too, only one of both may.
  if (situation.obstacles?.some(({ reason }) => reason === 'OperatorSeesRestore') === true) {
    return createOrWait({ ...situation, problems: [] }, 'snapshot-restore');
  }
  if (problems.length > 0 && !hasBegun(situation)) return markInvalid(situation);
  return isStandard(situation) ? decideStandard(situation) : decideReplication(situation);
}

/** BR has ended by itself: what is missing is only the word of its pod, or ours. */
function isDone(situation: RestoreSituation): boolean {
  const stateOf = (step: RestoreJobStep): string => observeRestoreJob(situation, step).state;
  return (
    stateOf('snapshot-restore') === 'failed' ||
    [stateOf('log-restore'), stateOf('standard')].some((state) => state === 'complete' || state === 'failed')
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
