import type { BackoffRetryRecord, Backup, BackupCondition } from '../../domain/backup/backup.js';
import type { Job } from '../../domain/kubernetes/job.js';
import { jobOutcome, trueCondition } from '../../domain/kubernetes/job-outcome.js';
import type { Pod } from '../../domain/kubernetes/pod.js';
import { ATTEMPT_LABEL } from '../../domain/labels.js';
import { parseTime } from '../../domain/time.js';
import type { AuditEntry } from '../../workflows/messages.js';
import { eventTimeOf, type KubernetesEvent } from './backup-events.js';
import { requestText } from './requests.js';

/** One thing that happened. */
export interface TimelineEntry {
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly source: 'Backup' | 'Request' | 'Record' | 'Event' | 'Job' | 'Pod' | 'Condition';
  readonly text: string;
  readonly bad: boolean;
}

/** What is there now, and what is left of the past. */
export interface BackupTraces {
  readonly backup: Backup;
  readonly job: Job | undefined;
  readonly pods: readonly Pod[];
  readonly events: readonly KubernetesEvent[];
  readonly requests: readonly AuditEntry[];
}

/** The story of a Backup, oldest first; what happened in the same second stays in the order of cause and effect. */
export function timelineOf({ backup, job, pods, events, requests }: BackupTraces): TimelineEntry[] {
  const records = backup.status.backoffRetryStatus ?? [];
  const told = events.filter((event) => !isToldByRecord(event, records));
  const [jobCreated = [], jobEnded = []] = job === undefined ? [] : [[createdEntry(job)], endedEntries(job)];
  const entries: TimelineEntry[] = [
    { at: backup.metadata.creationTimestamp, source: 'Backup', text: 'created', bad: false },
    ...requests.map(requestEntry),
    ...conditionEntries(backup),
    ...records.flatMap(startEntries),
    ...jobCreated,
    ...told.filter(isPodCreation).map(eventEntry),
    ...pods.flatMap(podEntries),
    ...jobEnded,
    ...records.flatMap(failureEntries),
    ...told.filter((event) => !isPodCreation(event)).map(eventEntry),
  ];
  return entries.sort((a, b) => (parseTime(a.at) ?? 0) - (parseTime(b.at) ?? 0));
}

function requestEntry(request: AuditEntry): TimelineEntry {
  return { at: request.at, source: 'Request', text: requestText(request), bad: false };
}

function failureEntries(record: BackoffRetryRecord): TimelineEntry[] {
  const { retryNum, detectFailedAt, expectedRetryAt, retryReason, originalReason } = record;
  if (detectFailedAt === undefined) return [];
  const due = expectedRetryAt === undefined ? '' : `; retry ${retryNum} due at ${clock(expectedRetryAt)}`;
  const text = `${originalReason ?? retryReason ?? 'failure'}${due}`;
  return [{ at: detectFailedAt, source: 'Record', text, bad: true }];
}

function startEntries({ retryNum, realRetryAt }: BackoffRetryRecord): TimelineEntry[] {
  if (realRetryAt === undefined) return [];
  return [{ at: realRetryAt, source: 'Record', text: `retry ${retryNum} started`, bad: false }];
}

/** Two texts of one fact: the record has all that the Event says. */
function isToldByRecord(
  { reason, message }: KubernetesEvent,
  records: readonly BackoffRetryRecord[],
): boolean {
  if (reason !== 'RetryStarted') return false;
  return records.some(
    ({ retryNum, expectedRetryAt, originalReason }) =>
      message.startsWith(`retry ${retryNum}/`) &&
      message.includes(` at ${expectedRetryAt === undefined ? '?' : clock(expectedRetryAt)} `) &&
      message.endsWith(originalReason ?? ''),
  );
}

function eventEntry(event: KubernetesEvent): TimelineEntry {
  const { involvedObject, reason, message, count, type } = event;
  const object = involvedObject.kind === 'Backup' ? '' : `${involvedObject.kind} ${involvedObject.name}: `;
  const times = (count ?? 1) > 1 ? ` (${count} times)` : '';
  const text = `${reason}: ${object}${message}${times}`;
  return { at: eventTimeOf(event), source: 'Event', text, bad: type === 'Warning' };
}

const BAD_CONDITIONS = new Set(['Failed', 'RetryFailed', 'Invalid']);

/** Those of the sub-commands, which say more; the top level for what only it has. */
function conditionEntries({ status }: Backup): TimelineEntry[] {
  const own = Object.entries(status.logSubCommandStatuses ?? {}).flatMap(([command, { conditions }]) =>
    (conditions ?? []).map((condition) => ({ condition, command })),
  );
  const told = new Set(own.map(({ condition }) => keyOf(condition)));
  const top = (status.conditions ?? [])
    .filter((condition) => !told.has(keyOf(condition)))
    .map((condition) => ({ condition, command: condition.command ?? '' }));
  return [...own, ...top].flatMap(({ condition, command }) => {
    const { type, reason, message, lastTransitionTime } = condition;
    if (condition.status !== 'True' || lastTransitionTime == null) return [];
    const detail = [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
    const text =
      [command, type].filter((part) => part !== '').join(' ') + (detail === '' ? '' : `: ${detail}`);
    return [{ at: lastTransitionTime, source: 'Condition', text, bad: BAD_CONDITIONS.has(type) }];
  });
}

function keyOf({ type, lastTransitionTime }: BackupCondition): string {
  return `${type}/${lastTransitionTime ?? ''}`;
}

function isPodCreation({ reason, involvedObject }: KubernetesEvent): boolean {
  return involvedObject.kind === 'Job' && reason === 'SuccessfulCreate';
}

function createdEntry({ metadata }: Job): TimelineEntry {
  const { name, labels, creationTimestamp: at } = metadata;
  const attempt = labels?.[ATTEMPT_LABEL];
  const text = `${name} created${attempt === undefined ? '' : ` (attempt ${attempt})`}`;
  return { at, source: 'Job', text, bad: false };
}

function endedEntries(job: Job): TimelineEntry[] {
  const outcome = jobOutcome(job);
  const end = trueCondition(job, outcome === 'failed' ? 'Failed' : 'Complete');
  if (end?.lastTransitionTime == null) return [];
  const text = `${job.metadata.name} ${outcome}${inBrackets(end.reason)}`;
  return [{ at: end.lastTransitionTime, source: 'Job', text, bad: outcome === 'failed' }];
}

function podEntries({ metadata, status }: Pod): TimelineEntry[] {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.flatMap(({ name, state }) => {
    const end = state?.terminated;
    if (end?.finishedAt == null) return [];
    const text = `${metadata.name}: container ${name} ended with exit code ${end.exitCode}${inBrackets(end.reason)}`;
    return [{ at: end.finishedAt, source: 'Pod', text, bad: end.exitCode !== 0 }];
  });
}

function inBrackets(text: string | undefined): string {
  return text === undefined || text === '' ? '' : ` (${text})`;
}

/** `2026-11-21T10:31:30Z` → `10:31:30Z`. */
function clock(rfc3339: string): string {
  return rfc3339.slice(11);
}
