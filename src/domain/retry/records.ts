import type { BackoffRetryRecord } from '../backup/backup.js';
import { toRfc3339Seconds } from '../time.js';
import type { Decision } from './decision.js';

/** Records are history; the newest are kept. */
const MAX_RECORDS = 20;

type RetryFacts = Pick<
  Extract<Decision, { kind: 'Record' }>,
  'failure' | 'retryNum' | 'detectedMs' | 'dueMs'
>;

/** The record of one failure, times cut to whole seconds: the retry itself runs to the exact millisecond, so it is never early. */
export function recordOf(decision: RetryFacts, reason: string): BackoffRetryRecord {
  return {
    retryNum: decision.retryNum,
    detectFailedAt: toRfc3339Seconds(decision.detectedMs),
    expectedRetryAt: toRfc3339Seconds(decision.dueMs),
    retryReason: jobFailedText(decision.failure.jobName),
    originalReason: reason,
  };
}

/** `retryReason` of a record: which Job it is about. */
export function jobFailedText(jobName: string): string {
  return `Job ${jobName} has failed`;
}

export function appendRecord(records: Records, record: BackoffRetryRecord): BackoffRetryRecord[] {
  return [...(records ?? []), record].slice(-MAX_RECORDS);
}

/** The records with another due time for the newest one, whose retry is pending. */
export function rescheduleLast(records: Records, dueMs: number): BackoffRetryRecord[] {
  return changeLast(records, () => ({ expectedRetryAt: toRfc3339Seconds(dueMs) }));
}

/** The records with `realRetryAt` set in the newest one; a time that it has stays. */
export function markRetried(records: Records, nowMs: number): BackoffRetryRecord[] {
  return changeLast(records, ({ realRetryAt = toRfc3339Seconds(nowMs) }) => ({ realRetryAt }));
}

type Records = readonly BackoffRetryRecord[] | null | undefined;

function changeLast(
  records: Records,
  change: (last: BackoffRetryRecord) => Partial<BackoffRetryRecord>,
): BackoffRetryRecord[] {
  const all = records ?? [];
  const last = all.at(-1);
  return last === undefined ? [] : [...all.slice(0, -1), { ...last, ...change(last) }];
}
