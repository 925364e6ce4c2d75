import type { BackoffRetryRecord, Backup } from '../../src/domain/backup/backup.js';
import { logPhaseOf } from '../../src/domain/backup/log-status.js';
import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { ATTEMPT_LABEL } from '../../src/domain/labels.js';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import { parseTime } from '../../src/domain/time.js';
import { plannedEnd, type PlannedIncident } from './incident-plan.js';
import type { BackupEvent, Version } from './version.js';

/** Every version of everything that belongs to one Backup, oldest first. */
export interface IncidentHistory {
  readonly backups: readonly Version<Backup>[];
  readonly jobs: readonly Version<Job>[];
  readonly events: readonly Version<BackupEvent>[];
}

/** What must never happen and did, whatever was killed: one sentence for each case. */
export function violationsOf(plan: PlannedIncident, history: IncidentHistory): string[] {
  const question: Question = { plan, ...history, runs: jobRunsOf(history.jobs) };
  const found = [
    ...wrongAttempts(question),
    ...runningJobsDeleted(question),
    ...recordsLostOrDoubled(question),
    ...earlyRetries(question),
    ...unannouncedJobs(question),
    ...wrongEvents(question),
    ...wrongEnd(question),
    ...flippedBack(question),
  ];
  return found.map((sentence) => `Backup ${plan.name}: ${sentence}`);
}

/** One Job object, from its creation to its end: one UID. */
interface JobRun {
  readonly attempt: number;
  readonly created: Version<Job>;
  readonly versions: readonly Version<Job>[];
}

interface Question extends IncidentHistory {
  readonly plan: PlannedIncident;
  readonly runs: readonly JobRun[];
}

function jobRunsOf(jobs: readonly Version<Job>[]): JobRun[] {
  const uids = [...new Set(jobs.map(({ object }) => object.metadata.uid))];
  return uids.flatMap((uid) => {
    const versions = jobs.filter(({ object }) => object.metadata.uid === uid);
    const [created] = versions;
    if (created === undefined) return [];
    return { attempt: Number(created.object.metadata.labels?.[ATTEMPT_LABEL]), created, versions };
  });
}

/** One Job for each attempt, in order, and no others. */
function wrongAttempts({ plan, runs }: Question): string[] {
  const attempts = runs.map(({ attempt }) => attempt);
  const doubled = attempts.filter((attempt, index) => attempts.indexOf(attempt) !== index);
  const expected = range(0, plannedEnd(plan).retries).join(', ');
  return [
    ...doubled.map((attempt) => `attempt ${attempt} got two Jobs`),
    ...(attempts.join(', ') === expected
      ? []
      : [`Jobs of attempts ${attempts.join(', ')} instead of ${expected}`]),
  ];
}

function runningJobsDeleted({ runs }: Question): string[] {
  return runs.flatMap(({ attempt, versions }) => {
    const deletion = versions.find(
      ({ deleted, object }) => deleted || object.metadata.deletionTimestamp !== undefined,
    );
    const wasRunning = deletion !== undefined && jobOutcome(deletion.object) === 'running';
    return wasRunning ? [`the Job of attempt ${attempt} was deleted while it ran`] : [];
  });
}

/** A record comes once, stays, and keeps the times it promised; at the end there is one for each failure retried. */
function recordsLostOrDoubled({ plan, backups }: Question): string[] {
  const found: string[] = [];
  const known = new Map<number, BackoffRetryRecord>();
  for (const { object, revision } of backups) {
    const records = object.status.backoffRetryStatus ?? [];
    const nums = records.map(({ retryNum }) => retryNum);
    for (const [retryNum] of known)
      if (!nums.includes(retryNum))
        found.push(`the record of retry ${retryNum} is lost at revision ${revision}`);
    for (const record of records) {
      const before = known.get(record.retryNum);
      if (before !== undefined && isRewritten(before, record))
        found.push(`the record of retry ${record.retryNum} was rewritten at revision ${revision}`);
      known.set(record.retryNum, record);
    }
    if (new Set(nums).size < nums.length) found.push(`records ${nums.join(', ')} at revision ${revision}`);
  }
  const last = (backups.at(-1)?.object.status.backoffRetryStatus ?? []).map(({ retryNum }) => retryNum);
  const expected = range(1, plannedEnd(plan).retries).join(', ');
  if (last.join(', ') !== expected)
    found.push(`records of retries ${last.join(', ') || 'none'} instead of ${expected}`);
  return found;
}

function isRewritten(before: BackoffRetryRecord, after: BackoffRetryRecord): boolean {
  return (
    before.detectFailedAt !== after.detectFailedAt ||
    before.expectedRetryAt !== after.expectedRetryAt ||
    before.originalReason !== after.originalReason ||
    (before.realRetryAt !== undefined && before.realRetryAt !== after.realRetryAt)
  );
}

/** By the whole seconds of the record, and by the policy. */
function earlyRetries({ plan, backups, runs }: Question): string[] {
  const records = backups.at(-1)?.object.status.backoffRetryStatus ?? [];
  return records.flatMap(({ retryNum, detectFailedAt, expectedRetryAt, realRetryAt }) => {
    const detectedMs = parseTime(detectFailedAt) ?? Number.NaN;
    const expectedMs = parseTime(expectedRetryAt) ?? Number.NaN;
    const realMs = parseTime(realRetryAt) ?? Number.NaN;
    const backoffMs = plan.baseSeconds * 1_000 * 2 ** (retryNum - 1);
    const jobs = runs.filter(({ attempt }) => attempt === retryNum);
    const early = jobs.some(
      ({ created }) => !(Date.parse(created.object.metadata.creationTimestamp) >= expectedMs),
    );
    return [
      ...(expectedMs - detectedMs >= backoffMs ? [] : [`retry ${retryNum} is promised before its backoff`]),
      ...(realMs >= expectedMs ? [] : [`realRetryAt of retry ${retryNum} is before its expectedRetryAt`]),
      ...(early ? [`the Job of retry ${retryNum} was created before its expectedRetryAt`] : []),
    ];
  });
}

/** `realRetryAt` of a retry is stored before its Job exists. */
function unannouncedJobs({ backups, runs }: Question): string[] {
  return runs.flatMap(({ attempt, created }) => {
    if (attempt === 0) return [];
    const before = backups.findLast(({ revision }) => revision < created.revision);
    const record = before?.object.status.backoffRetryStatus?.find(({ retryNum }) => retryNum === attempt);
    return record?.realRetryAt === undefined
      ? [`the Job of retry ${attempt} came before its realRetryAt`]
      : [];
  });
}

/** Each Event that is due is said exactly once. */
function wrongEvents({ plan, events }: Question): string[] {
  const { succeeds, retries } = plannedEnd(plan);
  const said = new Map<string, number>();
  for (const { deleted, object } of events) {
    if (deleted) continue; // after an hour the API server forgets Events
    const subject = subjectOf(object);
    said.set(subject, (said.get(subject) ?? 0) + 1);
  }
  const ends = succeeds ? ['RetrySucceeded'] : ['RetryExhausted', 'BackupFailed'];
  const due = [...range(1, retries).map((retryNum) => `RetryStarted ${retryNum}`), ...ends];
  const notDue = [...said.keys()].filter(
    (subject) => !due.includes(subject) && !subject.startsWith('RetryBlocked'),
  );
  return [
    ...[...said].flatMap(([subject, count]) =>
      count > 1 ? [`Event ${subject} was written ${count} times`] : [],
    ),
    ...due.filter((subject) => !said.has(subject)).map((subject) => `Event ${subject} is missing`),
    ...notDue.map((subject) => `Event ${subject} was not due`),
  ];
}

/** Reason and, where it speaks of one retry, its number. */
function subjectOf({ reason, message }: BackupEvent): string {
  const retryNum = /^retry (\d+)/.exec(message)?.[1];
  return retryNum === undefined ? reason : `${reason} ${retryNum}`;
}

function wrongEnd({ plan, backups }: Question): string[] {
  const { succeeds, retries } = plannedEnd(plan);
  const last = backups.at(-1)?.object;
  if (last === undefined) return ['it was never seen'];
  const incident = readIncident(last);
  const reason = last.status.conditions?.find(
    ({ type, status }) => type === 'Failed' && status === 'True',
  )?.reason;
  const expected = succeeds ? 'Complete' : 'Failed (RetryExhausted)';
  const phase = logPhaseOf(last.status, 'log-start');
  const ended = reason === undefined ? `${phase}` : `${phase} (${reason})`;
  return [
    ...(incident?.state === 'settled' ? [] : [`its incident is ${incident?.state ?? 'not there'}`]),
    ...(incident?.retries === retries ? [] : [`${incident?.retries ?? 0} retries instead of ${retries}`]),
    ...(ended === expected ? [] : [`it ended as ${ended} instead of ${expected}`]),
  ];
}

function flippedBack({ backups }: Question): string[] {
  const success = backups.findIndex(({ object }) => logPhaseOf(object.status, 'log-start') === 'Complete');
  if (success < 0) return [];
  const phase = backups[success]?.object.status.phase;
  const flipped = backups
    .slice(success)
    .find(
      ({ object }) => logPhaseOf(object.status, 'log-start') !== 'Complete' || object.status.phase !== phase,
    );
  return flipped === undefined ? [] : [`its phase went back to ${flipped.object.status.phase} after success`];
}

/** The whole numbers from `first` to `last`, both included. */
function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
