import { maxRetriesOf } from './budget.js';
import { shortDuration } from '../go-duration.js';
import { toRfc3339Seconds } from '../time.js';
import type { Decision } from './decision.js';
import type { Incident } from './incident.js';

export const BACKUP_EVENT_REASONS = [
  'RetryStarted',
  'RetrySucceeded',
  'RetryBlocked',
  'RetryExhausted',
  'BackupFailed',
  'BackupInvalid',
] as const;
export type BackupEventReason = (typeof BACKUP_EVENT_REASONS)[number];

/** One Event on a Backup. `key` makes its name: the same step, repeated, writes the same Event. */
export interface BackupEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: BackupEventReason;
  readonly message: string;
  readonly key: string;
}

type Of<Kind extends Decision['kind']> = Extract<Decision, { kind: Kind }>;

export function retryStartedEvent(
  { retryNum, policy, dueMs, incident }: Of<'Record' | 'Retry' | 'Reschedule'>,
  extra: { reason: string; delayMs: number },
): BackupEvent {
  const at = toRfc3339Seconds(dueMs).slice(11);
  const maxRetries = maxRetriesOf(policy, incident);
  return {
    type: 'Normal',
    reason: 'RetryStarted',
    message: `retry ${retryNum}/${maxRetries} at ${at} (in ${humanDelay(extra.delayMs)}): ${extra.reason}`,
    key: `${incident.id}/${retryNum}`,
  };
}

/** `60s` rather than `1m` while it can still be counted. */
function humanDelay(delayMs: number): string {
  return delayMs <= 120_000
    ? `${Math.round(delayMs / 1_000)}s`
    : shortDuration(Math.round(delayMs / 1_000) * 1_000);
}

export function retrySucceededEvent({ incident }: Of<'Settle'>): BackupEvent {
  const times = incident.retries === 1 ? '1 retry' : `${incident.retries} retries`;
  return {
    type: 'Normal',
    reason: 'RetrySucceeded',
    message: `the backup succeeded after ${times}; first failure at ${incident.firstFailedAt}`,
    key: incident.id,
  };
}

/** Count and time-out are `RetryExhausted`; every bad end is `BackupFailed` too. */
export function badEndEvents({ reason, incident, failure }: Of<'EndBadly'>, message: string): BackupEvent[] {
  const key = `${incident.id}/${failure.jobUid}`;
  const failed: BackupEvent = {
    type: 'Warning',
    reason: 'BackupFailed',
    message: `${reason}: ${message}`,
    key,
  };
  if (reason !== 'RetryExhausted' && reason !== 'RetryTimeout') return [failed];
  return [{ type: 'Warning', reason: 'RetryExhausted', message, key }, failed];
}

/** The bad end that a person asked for; stopping, going on and stopping again are two Events. */
export function requestStopEvent(
  incident: Incident,
  { requestId, message }: { requestId: string; message: string },
): BackupEvent {
  return {
    type: 'Warning',
    reason: 'BackupFailed',
    message: `RetryStopped: ${message}`,
    key: `${incident.id}/${requestId}`,
  };
}

export function invalidEvent({ incident }: Of<'MarkInvalid'>, message: string): BackupEvent {
  return { type: 'Warning', reason: 'BackupInvalid', message, key: incident.specHash };
}

export function retryBlockedEvent(
  { retryNum, incident }: Of<'Retry'>,
  { jobName, pod, node }: { jobName: string; pod: string | undefined; node: string | undefined },
): BackupEvent {
  const culprit = pod === undefined ? '' : `: pod ${pod} on node ${node ?? '(none)'} does not end`;
  return {
    type: 'Warning',
    reason: 'RetryBlocked',
    message: `retry ${retryNum} waits for Job ${jobName} to go${culprit}`,
    key: `${incident.id}/${retryNum}`,
  };
}
