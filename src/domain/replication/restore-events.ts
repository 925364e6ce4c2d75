import { shortHash } from '../names.js';
import type { SettledReason } from './gate.js';
import type { RestoreCondition } from './restore.js';
import type { Waiting } from './restore-status.js';
import type { RestoreJobStep } from './restore-step.js';

export const RESTORE_EVENT_REASONS = [
  'SnapshotRestoreStarted',
  'CompactSettled',
  'LogRestoreStarted',
  'RestoreStarted',
  'PruneStarted',
  'RestoreComplete',
  'CompactBackupNotFound',
  'GateClosed',
  'RestoreBlocked',
  'RestoreInvalid',
  'SnapshotRestoreFailed',
  'LogRestoreFailed',
  'RestoreFailed',
] as const;
export type RestoreEventReason = (typeof RESTORE_EVENT_REASONS)[number];

/** One Event on a Restore. `key` makes its name: the same step, repeated, writes the same Event. */
export interface RestoreEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: RestoreEventReason;
  readonly message: string;
  readonly key: string;
}

const STARTED: Readonly<Record<RestoreJobStep, RestoreEventReason>> = {
  'snapshot-restore': 'SnapshotRestoreStarted',
  'log-restore': 'LogRestoreStarted',
  standard: 'RestoreStarted',
  prune: 'PruneStarted',
};

export function jobStartedEvent(step: RestoreJobStep, jobName: string): RestoreEvent {
  return { type: 'Normal', reason: STARTED[step], message: `Job ${jobName} created`, key: step };
}

export function compactSettledEvent(
  { reason, message }: { reason: SettledReason; message: string },
  compactBackup: string,
): RestoreEvent {
  const whole = reason === 'AllShardsComplete';
  const said = message === '' ? '' : ` (${message})`;
  const consequence = whole
    ? ''
    : ': the gate policy proceeds, and BR is not told that compaction kept the latest versions';
  return {
    type: 'Normal',
    reason: 'CompactSettled',
    message: `CompactBackup ${compactBackup}: ${reason}${said}${consequence}`,
    key: reason,
  };
}

const GATE_REASONS: readonly string[] = [
  'TikvGateClosed',
  'CompactBackupMismatch',
  'CompactBackupWaitTimeout',
  'ShardsPartialFailed',
];

/** Told once for each thing that is waited for. */
export function waitingEvent({ reason, message }: Waiting): RestoreEvent {
  const key = `${reason}/${shortHash(message)}`;
  if (reason === 'CompactBackupNotFound') return { type: 'Warning', reason, message, key };
  return {
    type: 'Warning',
    reason: GATE_REASONS.includes(reason) ? 'GateClosed' : 'RestoreBlocked',
    message: `${reason}: ${message}`,
    key,
  };
}

export function invalidEvent(message: string): RestoreEvent {
  return { type: 'Warning', reason: 'RestoreInvalid', message, key: shortHash(message) };
}

export function completeEvent(commitTs: string | undefined): RestoreEvent {
  const until = commitTs === undefined || commitTs === '' ? '' : ` up to ${commitTs}`;
  return { type: 'Normal', reason: 'RestoreComplete', message: `restored${until}`, key: 'complete' };
}

/** The Event of the condition Failed, whoever wrote it: we, or the program in the pod. */
export function failedEvent(failed: RestoreCondition | undefined, step: string | undefined): RestoreEvent {
  const { reason = '', message = '' } = failed ?? {};
  return {
    type: 'Warning',
    reason: failedEventReason(reason, step),
    message: message === '' ? reason : `${reason}: ${message}`,
    key: 'failed',
  };
}

function failedEventReason(reason: string, step: string | undefined): RestoreEventReason {
  if (reason === 'SnapshotRestoreFailed') return reason;
  if (GATE_REASONS.includes(reason)) return 'GateClosed';
  if (reason === 'RestoreCancelled') return 'RestoreFailed';
  return step === 'log-restore' ? 'LogRestoreFailed' : 'RestoreFailed';
}
