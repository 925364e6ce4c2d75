import type { CompactionVerdict, GateVerdict } from './gate.js';
import { gateOf, replicationConfigOf, waitDeadlineMs } from './gate-of.js';
import { observeRestoreJob } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { compactSettledEvent, waitingEvent, type RestoreEvent } from './restore-events.js';
import { restoreJobName } from './restore-job-name.js';
import {
  awaitDecision,
  awaitReport,
  blockedBy,
  createJob,
  createOrWait,
  fail,
  invalidSpec,
  jobDeleted,
  obstacleRecheckMs,
  stopRunning,
  writeCondition,
  type RestoreSituation,
} from './restore-situation.js';
import {
  statusWithMarker,
  statusWithRefusal,
  statusWithRestoreCondition,
  statusWithWaiting,
  statusWithoutConditions,
  settledReasonOf,
  trueRestoreCondition,
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
      return restoreLog(situation);
    default:
      return awaitDecision(
        'Obstacle',
        `status.replicationStep "${replicationStep}" is unknown to this version`,
      );
  }
}

/** Whatever phase the object has by now: without a step nothing of this restore has begun. */
function begin(situation: RestoreSituation): RestoreDecision {
  const blocked = blockedBy(situation, 'snapshot-restore');
  if (blocked !== undefined) return createOrWait(situation, 'snapshot-restore');
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
function passGate(situation: RestoreSituation, { status, events }: Marked): RestoreDecision {
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
  if (blocked !== undefined) return awaitDecision('Obstacle', blocked.message, obstacleRecheckMs(blocked));
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

function restoreLog(situation: RestoreSituation): RestoreDecision {
  const { restore } = situation;
  const jobName = restoreJobName(restore.metadata.name, 'log-restore');
  const job = observeRestoreJob(situation, 'log-restore');
  switch (job.state) {
    case 'running':
      return awaitDecision('LogRestoreRunning', `the log is restored by Job ${jobName}`);
    case 'failed':
      return fail(situation, { reason: 'LogRestoreFailed', message: job.message });
    case 'complete':
      return (
        awaitReport(situation, { endedAtMs: job.endedAtMs, jobName }) ??
        completeUnreported(situation, jobName)
      );
    case 'absent':
    case 'foreign':
      if (restore.status.phase === 'Running') {
        return jobDeleted(situation, { step: 'log-restore', reason: 'LogRestoreFailed' });
      }
      if (observeRestoreJob(situation, 'snapshot-restore').state === 'running') {
        return awaitDecision(
          'SnapshotRestoreRunning',
          'somebody started the snapshot restore again: it ends first',
        );
      }
      return createOrWait(situation, 'log-restore');
  }
}

export function completeUnreported(situation: RestoreSituation, jobName: string): RestoreDecision {
  return writeCondition(situation, {
    type: 'Complete',
    reason: 'JobComplete',
    message: `Job ${jobName} is complete; its pod did not report`,
    fields: { timeCompleted: situation.now },
    summary: `Job ${jobName} is complete`,
  });
}

interface Marked {
  readonly status: RestoreStatus;
  readonly events: readonly RestoreEvent[];
}

/** The markers that follow from what was seen and do not stand in the status yet. */
function withMarkers(situation: RestoreSituation, { snapshot, compaction }: GateVerdict): Marked {
  const { restore, now } = situation;
  let { status } = restore;
  const events: RestoreEvent[] = [];
  if (snapshot === 'restored' && trueRestoreCondition(status, 'SnapshotRestored') === undefined) {
    const message = `Job ${restoreJobName(restore.metadata.name, 'snapshot-restore')} is complete`;
    status = statusWithMarker(status, { type: 'SnapshotRestored', reason: 'JobComplete', message, now });
  }
  if (compaction.kind === 'settled' && settledReasonOf(status) === undefined) {
    const { reason, message } = compaction;
    status = statusWithMarker(status, { type: 'CompactSettled', reason, message, now });
    events.push(compactSettledEvent(compaction, compactBackupName(situation)));
  }
  return { status, events };
}

/** Phase and step never disagree, whoever wrote another phase meanwhile. */
function withSnapshotPhase(status: RestoreStatus, now: string): RestoreStatus {
  return status.phase === 'SnapshotRestore'
    ? status
    : statusWithRestoreCondition(status, { type: 'SnapshotRestore', reason: 'SnapshotRestoreStarted', now });
}

/** What somebody has to bring for the compaction's half; `undefined` while it is on its way. */
function heldUp(situation: RestoreSituation, compaction: CompactionVerdict): Waiting | undefined {
  if (compaction.kind !== 'held') return undefined;
  const { reason, message } = compaction;
  return { reason, message: `CompactBackup ${compactBackupName(situation)}: ${message}` };
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

function describeProgress(situation: RestoreSituation, { snapshot, compaction }: GateVerdict): string {
  const compactions = compaction.kind === 'settled' ? 'is settled' : compaction.message;
  return `snapshot restore: ${snapshot}; CompactBackup ${compactBackupName(situation)} ${compactions}`;
}

function compactBackupName({ restore }: RestoreSituation): string {
  return `${restore.metadata.namespace}/${replicationConfigOf(restore)?.compactBackupName ?? '(none)'}`;
}
