import type { Backup } from '../../src/domain/backup/backup.js';
import { logPhaseOf } from '../../src/domain/backup/log-status.js';
import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import { succeeded, type ApiWrite } from '../audit-log.js';
import type { SeenVersion } from '../recording.js';
import { backoffMsOf, jobRunsOf, recordOf, type JobRun } from './failures.js';
import type { Journal } from './journal.js';
import { jobNameOf, type ScriptedBackup } from './manifests.js';

export interface AnomalyQuestion {
  readonly journal: Journal;
  readonly backups: readonly ScriptedBackup[];
  readonly writes: readonly ApiWrite[];
  readonly workerUser: string;
}

/** What must never happen, found in everything that was seen: one sentence for each case. */
export function findAnomalies(question: AnomalyQuestion): string[] {
  const writesOf = writesByName(question.writes);
  return question.backups.flatMap((backup) => {
    const runs = jobRunsOf(question.journal, backup.name);
    const writes = writesOf.get(jobNameOf(backup.name)) ?? [];
    const one: OneBackup = { ...question, backup, runs, jobWrites: writes };
    const found = [
      ...miscounted(one),
      ...runningJobsDeleted(one),
      ...earlyRetries(one),
      ...jobsBeforeTheirTime(one),
      ...flippedBack(one),
    ];
    return found.map((sentence) => `Backup ${backup.name}: ${sentence}`);
  });
}

interface OneBackup extends AnomalyQuestion {
  readonly backup: ScriptedBackup;
  readonly runs: readonly JobRun[];
  /** To its Jobs and their status, by anybody. */
  readonly jobWrites: readonly ApiWrite[];
}

function writesByName(writes: readonly ApiWrite[]): ReadonlyMap<string, readonly ApiWrite[]> {
  const byName = new Map<string, ApiWrite[]>();
  for (const write of writes) {
    const own = byName.get(write.name);
    if (own === undefined) byName.set(write.name, [write]);
    else own.push(write);
  }
  return byName;
}

/** One record for each failed Job, one Job for each attempt, in order, and no others. */
function miscounted({ journal, backup, runs }: OneBackup): string[] {
  const expectedAttempts = Array.from({ length: backup.failures + 1 }, (_, attempt) => attempt).join(', ');
  const attempts = runs.map(({ attempt }) => attempt).join(', ');
  const records = journal.backups(backup.name).at(-1)?.object.status.backoffRetryStatus ?? [];
  const retryNums = records.map(({ retryNum }) => retryNum).join(', ');
  const expectedRecords = Array.from({ length: backup.failures }, (_, index) => index + 1).join(', ');
  return [
    ...(attempts === expectedAttempts ? [] : [`Jobs of attempts ${attempts} instead of ${expectedAttempts}`]),
    ...(retryNums === expectedRecords
      ? []
      : [`records of retries ${retryNums} instead of ${expectedRecords}`]),
  ];
}

function runningJobsDeleted({ runs }: OneBackup): string[] {
  return runs.flatMap(({ attempt, versions }) => {
    const deletion = versions.find(
      ({ deleted, object }) => deleted || object.metadata.deletionTimestamp !== undefined,
    );
    const wasRunning = deletion !== undefined && jobOutcome(deletion.object) === 'running';
    return wasRunning ? [`the Job of attempt ${attempt} was deleted while it ran`] : [];
  });
}

/** By the API server's own clock, from the arrival of the controller's "Failed" to the arrival of the new Job. */
function earlyRetries({ backup, jobWrites, workerUser }: OneBackup): string[] {
  const creations = jobWrites.filter(
    (write) => write.user === workerUser && write.verb === 'create' && succeeded(write),
  );
  return creations.flatMap((creation, retryNum) => {
    if (retryNum === 0) return [];
    const failed = jobWrites.findLast(
      (write) =>
        write.resource === 'jobs/status' && succeeded(write) && write.receivedMs < creation.receivedMs,
    );
    const waitedMs = creation.receivedMs - (failed?.receivedMs ?? Number.POSITIVE_INFINITY);
    const backoffMs = backoffMsOf(backup, retryNum);
    if (waitedMs >= backoffMs) return [];
    return [`retry ${retryNum} came ${waitedMs.toFixed(1)} ms after the failure, before its ${backoffMs} ms`];
  });
}

/** Each retry has its record, displayed time and `realRetryAt` before its Job exists. */
function jobsBeforeTheirTime({ journal, backup, runs }: OneBackup): string[] {
  return runs.flatMap(({ attempt, versions }) => {
    const creation = versions[0];
    if (attempt === 0 || creation === undefined) return [];
    const before = journal.backups(backup.name).filter(({ revision }) => revision < creation.revision);
    const record = recordOf(before.at(-1)?.object.status.backoffRetryStatus, attempt);
    if (record === undefined) return [`retry ${attempt} has no record before its Job`];
    const createdAtMs = Date.parse(creation.object.metadata.creationTimestamp);
    return [
      ...(record.realRetryAt === undefined ? [`retry ${attempt} has no realRetryAt before its Job`] : []),
      ...(createdAtMs < Date.parse(record.expectedRetryAt ?? '')
        ? [`retry ${attempt} has a Job before its expectedRetryAt`]
        : []),
    ];
  });
}

function flippedBack({ journal, backup }: OneBackup): string[] {
  const versions = journal.backups(backup.name);
  const success = versions.findIndex((version) => subPhase(version) === 'Complete');
  if (success < 0) return ['it never succeeded'];
  const phase = versions[success]?.object.status.phase;
  const flipped = versions
    .slice(success)
    .find((version) => subPhase(version) !== 'Complete' || version.object.status.phase !== phase);
  return flipped === undefined
    ? []
    : [`its phase went back to ${flipped.object.status.phase} (${subPhase(flipped)}) after success`];
}

function subPhase({ object }: SeenVersion<Backup>): string | undefined {
  return logPhaseOf(object.status, 'log-start');
}
