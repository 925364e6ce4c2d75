import type { BackoffRetryRecord } from '../../src/domain/backup/backup.js';
import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { ATTEMPT_LABEL } from '../../src/domain/labels.js';
import type { SeenVersion } from '../recording.js';
import type { Journal } from './journal.js';
import { jobNameOf, type ScriptedBackup } from './manifests.js';

/** One failed Job and its retry, as the watches of the bench saw them, epoch milliseconds. */
export interface RetriedFailure {
  readonly backup: string;
  readonly retryNum: number;
  readonly backoffMs: number;
  /** The Job is shown with condition Failed. */
  readonly failedAtMs: number;
  /** The Backup is shown with the record of this failure. */
  readonly recordedAtMs: number;
  /** The next Job is shown. */
  readonly retriedAtMs: number;
}

/** One Job object, from its creation to its end: one UID. */
export interface JobRun {
  readonly uid: string;
  readonly attempt: number;
  readonly versions: readonly SeenVersion<Job>[];
}

/** Oldest first. */
export function jobRunsOf(journal: Journal, backup: string): JobRun[] {
  const versions = journal.jobs(jobNameOf(backup));
  const uids = [...new Set(versions.map(({ object }) => object.metadata.uid))];
  return uids.map((uid) => {
    const own = versions.filter(({ object }) => object.metadata.uid === uid);
    return { uid, attempt: Number(own[0]?.object.metadata.labels?.[ATTEMPT_LABEL]), versions: own };
  });
}

/** Delay before retry `retryNum`, as the policy of the Backup says. */
export function backoffMsOf({ backoffSeconds }: ScriptedBackup, retryNum: number): number {
  return backoffSeconds * 1_000 * 2 ** (retryNum - 1);
}

/** The failures of one Backup. @throws Error when one was not recorded or not retried */
export function failuresOf(journal: Journal, backup: ScriptedBackup): RetriedFailure[] {
  const runs = jobRunsOf(journal, backup.name);
  return Array.from({ length: backup.failures }, (_, index) => {
    const retryNum = index + 1;
    const failed = runs[index]?.versions.find(({ object }) => jobOutcome(object) === 'failed');
    const recorded = journal
      .backups(backup.name)
      .find(({ object }) => recordOf(object.status.backoffRetryStatus, retryNum) !== undefined);
    const retried = runs[retryNum]?.versions[0];
    if (failed === undefined || recorded === undefined || retried === undefined) {
      throw new Error(`failure ${retryNum} of Backup ${backup.name} was not seen, recorded and retried`);
    }
    return {
      backup: backup.name,
      retryNum,
      backoffMs: backoffMsOf(backup, retryNum),
      failedAtMs: failed.atMs,
      recordedAtMs: recorded.atMs,
      retriedAtMs: retried.atMs,
    };
  });
}

export function recordOf(
  records: readonly BackoffRetryRecord[] | null | undefined,
  retryNum: number,
): BackoffRetryRecord | undefined {
  return records?.find((record) => record.retryNum === retryNum);
}

export function recordLatencyMs({ failedAtMs, recordedAtMs }: RetriedFailure): number {
  return recordedAtMs - failedAtMs;
}

/** What the retry took beyond its backoff. */
export function retryLatencyMs({ failedAtMs, retriedAtMs, backoffMs }: RetriedFailure): number {
  return retriedAtMs - failedAtMs - backoffMs;
}
