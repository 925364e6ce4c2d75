import type { BackoffRetryRecord, Backup, BackupCondition } from '../../src/domain/backup/backup.js';
import { shortDuration } from '../../src/domain/go-duration.js';
import { resolveLogRetryPolicy } from '../../src/domain/retry/policy.js';
import { pendingRecord, readIncident } from '../../src/domain/retry/read-incident.js';
import { parseTime } from '../../src/domain/time.js';
import { shortReason, type News } from './news.js';

/** A retry that was decided but has not begun. */
export interface PendingRetry {
  readonly backupName: string;
  readonly retryNum: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
}

export function pendingRetry(backup: Backup): PendingRetry | undefined {
  const incident = readIncident(backup);
  if (incident === undefined || incident.state !== 'open') return undefined;
  const record = pendingRecord(backup, incident);
  const dueMs = parseTime(record?.expectedRetryAt);
  if (record === undefined || dueMs === undefined) return undefined;
  return { backupName: backup.metadata.name, retryNum: record.retryNum, dueMs };
}

/** What is new in a Backup since `before`; `undefined` = it was not known. */
export function backupNews(before: Backup | undefined, now: Backup): News[] {
  return [
    ...(before === undefined ? [created(now)] : []),
    ...recordNews(before, now),
    ...phaseNews(before, now),
    ...subcommandNews(before, now),
    ...endNews(before, now),
  ];
}

function created(backup: Backup): News {
  const { policy } = resolveLogRetryPolicy(backup);
  const budget =
    policy?.enabled === true
      ? `up to ${policy.maxRetryTimes} retries, the first after ${shortDuration(policy.minRetryDurationMs)}`
      : 'no retries';
  return { tone: 'plain', text: `Backup created: ${budget}` };
}

function recordNews(before: Backup | undefined, now: Backup): News[] {
  const { policy } = resolveLogRetryPolicy(now);
  const known = before?.status.backoffRetryStatus ?? [];
  return (now.status.backoffRetryStatus ?? []).flatMap((record, index) => {
    const recorded = known[index] === undefined ? recordedNews(record, policy?.maxRetryTimes) : [];
    const begun = record.realRetryAt !== undefined && known[index]?.realRetryAt === undefined;
    return [...recorded, ...(begun ? [begunNews(record)] : [])];
  });
}

function recordedNews(record: BackoffRetryRecord, maxRetryTimes: number | undefined): News[] {
  const { retryNum, detectFailedAt, expectedRetryAt, originalReason } = record;
  const delayMs = (parseTime(expectedRetryAt) ?? Number.NaN) - (parseTime(detectFailedAt) ?? Number.NaN);
  const which = `retry ${retryNum} of ${maxRetryTimes ?? '?'}`;
  return [
    { tone: 'plain', text: `failure ${retryNum} recorded: ${shortReason(originalReason ?? '(no reason)')}` },
    {
      tone: 'waiting',
      text: `waiting ${shortDuration(delayMs)}, until ${timeOfDay(expectedRetryAt)}, for ${which}`,
    },
  ];
}

function begunNews({ retryNum, expectedRetryAt, realRetryAt }: BackoffRetryRecord): News {
  const planned = `planned ${timeOfDay(expectedRetryAt)}, real ${timeOfDay(realRetryAt)}`;
  return { tone: 'waiting', text: `the wait is over, retry ${retryNum} begins (${planned})` };
}

function phaseNews(before: Backup | undefined, now: Backup): News[] {
  const { phase } = now.status;
  if (phase === undefined || phase === before?.status.phase) return [];
  return [{ tone: 'quiet', text: `phase ${before?.status.phase ?? '(none)'} → ${phase}` }];
}

function subcommandNews(before: Backup | undefined, now: Backup): News[] {
  return Object.entries(now.status.logSubCommandStatuses ?? {}).flatMap(([command, { phase }]): News[] => {
    const isNew = before?.status.logSubCommandStatuses?.[command]?.phase !== phase;
    return isNew && phase === 'Complete'
      ? [{ tone: 'good', text: `${command} is Complete: the log backup runs` }]
      : [];
  });
}

function endNews(before: Backup | undefined, now: Backup): News[] {
  const failed = lastingFailure(now);
  const gaveUp = failed !== undefined && failed.reason !== lastingFailure(before)?.reason;
  const settled = readIncident(now)?.state === 'settled' && readIncident(before ?? now)?.state === 'open';
  return [
    ...(gaveUp
      ? [{ tone: 'bad', text: `${failed.reason}: ${shortReason(failed.message ?? '')}` } as const]
      : []),
    ...(settled ? [{ tone: 'plain', text: 'incident settled: Holdfast is done here' } as const] : []),
  ];
}

/** The condition with which Holdfast ended an incident; the manager in the pod writes Failed with other reasons. */
function lastingFailure(backup: Backup | undefined): BackupCondition | undefined {
  return backup?.status.conditions?.find(
    ({ type, status, reason }) =>
      type === 'Failed' && status === 'True' && /^(Retry\w+|PermanentFailure|JobFailed)$/.test(reason ?? ''),
  );
}

/** `10:31:30Z` of an RFC 3339 time in UTC. */
function timeOfDay(time: string | undefined): string {
  return time?.slice(11) ?? '(no time)';
}
