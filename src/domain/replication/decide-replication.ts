import {
  compactBackupName,
  describeProgress,
  heldUp,
  withMarkers,
  type MarkedStatus,
} from './restore-markers.js';
import { decideLogHalf } from './decide-log-half.js';
import type { CompactionVerdict, GateVerdict } from './gate.js';
import { gateOf, waitDeadlineMs } from './gate-of.js';
import { observeRestoreJob } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { awaitDecision, awaitObstacle, createJob, fail, stopRunning, waitFor } from './restore-decisions.js';
import { waitingEvent } from './restore-events.js';
import { blockedBy, invalidSpec, type RestoreSituation } from './restore-situation.js';
import {
  statusWithRefusal,
  statusWithRestoreCondition,
  statusWithWaiting,
  statusWithoutConditions,
  type Waiting,
} from './restore-status.js';
import type { RestoreStatus } from './restore.js';

/** The steps of a replication restore: the snapshot beside the compaction, the gate, the log. */
export function decideReplication(situation: RestoreSituation): RestoreDecision {
  const { replicationStep = '' } = situation.restore.status;
  switch (replicationStep) {
    case '':
      return begin(situation);
    case 'snapshot-restore':
      return restoreSnapshot(situation);
    case 'log-restore':
      return decideLogHalf(situation);
    default:
      return waitFor(situation, {
        reason: 'UnknownStep',
        message: `status.replicationStep "${replicationStep}" is unknown to this version`,
      });
  }
}

/** Whatever phase the object has by now: without a step nothing of this restore has begun. */
function begin(situation: RestoreSituation): RestoreDecision {
  const blocked = blockedBy(situation, 'snapshot-restore');
  if (blocked !== undefined) return waitFor(situation, blocked);
  const verdict = gateOf(situation);
  if (verdict.compaction.kind === 'refused') return refuse(situation, verdict.compaction);
  const { restore, now } = situation;
  const marked = withMarkers(situation, verdict);
  const status = statusWithRestoreCondition(
    statusWithoutConditions(marked.status, ['Invalid', 'RetryFailed']),
    {
      type: 'SnapshotRestore',
      reason: 'SnapshotRestoreStarted',
      now,
      fields: { replicationStep: 'snapshot-restore', timeStarted: restore.status.timeStarted ?? now },
    },
  );
  return composed(situation, {
    change: 'SnapshotRestore',
    status,
    waiting: heldUp(situation, verdict.compaction),
    events: marked.events,
    summary: 'the snapshot restore begins',
  });
}

function restoreSnapshot(situation: RestoreSituation): RestoreDecision {
  const { restore, problems, now } = situation;
  const verdict = gateOf(situation);
  if (verdict.compaction.kind === 'refused') return refuse(situation, verdict.compaction);
  const job = observeRestoreJob(situation, 'snapshot-restore');
  if (job.state === 'failed' && verdict.snapshot === 'failed') {
    return fail(situation, { reason: 'SnapshotRestoreFailed', message: job.message });
  }
  const due = verdict.open ? 'log-restore' : verdict.snapshot === 'pending' ? 'snapshot-restore' : undefined;
  const blocked = problems.length > 0 ? invalidSpec(problems) : due && blockedBy(situation, due);
  const marked = withMarkers(situation, verdict);
  if (verdict.open && blocked === undefined) return passGate(situation, marked);
  const waiting = blocked ?? heldUp(situation, verdict.compaction);
  const phased = withSnapshotPhase(marked.status, now);
  if (phased !== restore.status || statusWithWaiting(phased, { waiting, now }) !== phased) {
    const change = marked.events.length > 0 || marked.status !== restore.status ? 'Markers' : 'Waiting';
    const summary = waiting?.message ?? describeProgress(situation, verdict);
    return composed(situation, { change, status: phased, waiting, events: marked.events, summary });
  }
  if (due === 'snapshot-restore' && blocked === undefined) return createJob(situation, due);
  return awaitGate(situation, { verdict, waiting, blocked });
}

/** Both are done: phase, condition and step in one write, with the marker that came last. */
function passGate(situation: RestoreSituation, { status, events }: MarkedStatus): RestoreDecision {
  const message = 'the snapshot is restored and the compaction is settled';
  return composed(situation, {
    change: 'LogRestore',
    status: statusWithRestoreCondition(status, {
      type: 'LogRestore',
      reason: 'GatePassed',
      message,
      now: situation.now,
      fields: { replicationStep: 'log-restore' },
    }),
    waiting: undefined,
    events,
    summary: message,
  });
}

function awaitGate(
  situation: RestoreSituation,
  {
    verdict,
    waiting,
    blocked,
  }: { verdict: GateVerdict; waiting: Waiting | undefined; blocked: Waiting | undefined },
): RestoreDecision {
  if (blocked !== undefined) return awaitObstacle(situation, blocked);
  const reason = verdict.snapshot === 'running' ? 'SnapshotRestoreRunning' : 'CompactBackup';
  const summary = waiting?.message ?? describeProgress(situation, verdict);
  return awaitDecision(reason, summary, untilDeadlineMs(situation, verdict.compaction));
}

/** The watch tells when the CompactBackup appears; only that it did not, nobody tells. */
function untilDeadlineMs(
  { restore, nowMs }: RestoreSituation,
  compaction: CompactionVerdict,
): number | undefined {
  if (compaction.kind !== 'held' || compaction.reason !== 'CompactBackupNotFound') return undefined;
  const deadlineMs = waitDeadlineMs(restore);
  return deadlineMs === undefined ? undefined : Math.max(deadlineMs - nowMs, 0);
}

/** The policy says no. It is written down before anything is stopped, so that nothing can change it midway. */
function refuse(
  situation: RestoreSituation,
  { reason, message }: Extract<CompactionVerdict, { kind: 'refused' }>,
): RestoreDecision {
  const { restore, now } = situation;
  const text = `CompactBackup ${compactBackupName(situation)}: ${message}`;
  const status = statusWithRefusal(restore.status, { reason, message: text, now });
  if (stopRunning(situation, text) === undefined) {
    return fail({ ...situation, restore: { ...restore, status } }, { reason, message: text });
  }
  return composed(situation, { change: 'Refused', status, waiting: undefined, events: [], summary: text });
}

/** Phase and step never disagree, whoever wrote another phase meanwhile. */
function withSnapshotPhase(status: RestoreStatus, now: string): RestoreStatus {
  return status.phase === 'SnapshotRestore'
    ? status
    : statusWithRestoreCondition(status, { type: 'SnapshotRestore', reason: 'SnapshotRestoreStarted', now });
}

function composed(
  { restore, now }: RestoreSituation,
  {
    waiting,
    ...write
  }: Omit<Extract<RestoreDecision, { kind: 'Write' }>, 'kind'> & { waiting: Waiting | undefined },
): RestoreDecision {
  const status = statusWithWaiting(write.status, { waiting, now });
  const isNew =
    waiting !== undefined && statusWithWaiting(restore.status, { waiting, now }) !== restore.status;
  const events = isNew ? [...write.events, waitingEvent(waiting)] : write.events;
  return { ...write, kind: 'Write', status, events };
}
