import { isOwnedBy } from '../kubernetes/owned-by.js';
import type { Backup, BackupCondition } from '../backup/backup.js';
import { logJobName } from '../backup/log-job-name.js';
import { logPhaseOf } from '../backup/log-status.js';
import type { BackupCommand } from '../backup/backup-command.js';
import type { Job } from '../kubernetes/job.js';
import { jobEndedAtMs, jobOutcome, trueCondition } from '../kubernetes/job-outcome.js';
import type { Pod } from '../kubernetes/pod.js';
import { parseTime } from '../time.js';
import type { JobFailure } from './decision.js';
import type { Incident } from './incident.js';
import { stuckJob } from './stuck-job.js';

/** A Job that is Complete while the sub-status says nothing: its pod's last write may still come. */
const SUB_STATUS_GRACE_MS = 60_000;

const GONE_PREFIX = 'gone-';

/** The failure of a Job that is not there any more. */
function isGone(failure: JobFailure): boolean {
  return failure.jobUid.startsWith(GONE_PREFIX);
}

/** Whether this failure is the one that the incident judged last; a Job that is gone cannot tell. */
export function belongsTo(incident: Incident, failure: JobFailure): boolean {
  return incident.lastJobUid === failure.jobUid || isGone(failure);
}

/** What the Job and the sub-status say together about the current run. */
export type JobObservation =
  /** No Job, and nothing says that one ran. */
  | { readonly state: 'none' }
  /** A Job of this name belongs to somebody else, or to a deleted object of the same name. */
  | { readonly state: 'foreign' }
  | {
      readonly state: 'running';
      readonly why: 'JobRunning' | 'JobEnding';
      /** When it must be looked at again although nothing changed: node lost, pod not started. */
      readonly recheckAfterMs?: number;
    }
  /** The ended Job of an earlier run of the same sub-command: a new run needs its name. */
  | { readonly state: 'stale' }
  /** Complete, without a word in the sub-status, for less than the grace. */
  | { readonly state: 'unconfirmed'; readonly recheckAfterMs: number }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly failure: JobFailure };

interface JobQuestion {
  readonly backup: Backup;
  readonly job: Job | undefined;
  /** Pods of that Job; absent where nobody looked. */
  readonly pods?: readonly Pod[] | undefined;
  readonly command: BackupCommand;
  readonly nowMs: number;
}

export function observeJob(question: JobQuestion): JobObservation {
  const { backup, job, command } = question;
  const phase = logPhaseOf(backup.status, command);
  if (job === undefined) return withoutJob(question, phase);
  if (!isOwnedBy(job, backup.metadata.uid)) return { state: 'foreign' };
  const outcome = jobOutcome(job);
  if (outcome !== 'running' && isOfEarlierRun(backup, command)) return { state: 'stale' };
  switch (outcome) {
    case 'running':
      return unfinished(question, { job, phase });
    case 'failed':
      return phase === 'Complete' ? { state: 'succeeded' } : { state: 'failed', failure: failureOf(job) };
    case 'complete':
      return completed(question, { job, phase });
  }
}

/** A pause after a resume, or a truncation to another point, is a new run under the name of the old one. */
function isOfEarlierRun({ spec, status }: Backup, command: BackupCommand): boolean {
  if (command === 'snapshot') return false;
  const own = status.logSubCommandStatuses?.[command];
  if (own?.phase === 'Repeatable') return true;
  if (command !== 'log-truncate' || own?.phase !== 'Complete') return false;
  return own.logTruncatingUntil !== undefined && own.logTruncatingUntil !== spec.logTruncateUntil;
}

function unfinished(
  { pods, nowMs }: JobQuestion,
  { job, phase }: { job: Job; phase: string | undefined },
): JobObservation {
  // The in-pod manager writes its result some seconds before its pod ends: judge when the Job has ended.
  const why = phase === 'Complete' || phase === 'Failed' ? 'JobEnding' : 'JobRunning';
  // A manager that has spoken has started, whatever became of its pod since: then the Job will tell.
  const spoken = phase !== undefined && phase !== 'Scheduled' && phase !== 'RetryFailed';
  const stuck = stuckJob({ job, pods: spoken ? undefined : pods, nowMs });
  if (!stuck.stuck) {
    const { recheckAfterMs } = stuck;
    return { state: 'running', why, ...(recheckAfterMs !== undefined && { recheckAfterMs }) };
  }
  if (phase === 'Complete') return { state: 'succeeded' };
  const { sinceMs, reason } = stuck;
  const failure: JobFailure = { jobName: job.metadata.name, jobUid: job.metadata.uid, sinceMs, reason };
  return { state: 'failed', failure };
}

function completed(
  { nowMs }: JobQuestion,
  { job, phase }: { job: Job; phase: string | undefined },
): JobObservation {
  if (phase === 'Complete') return { state: 'succeeded' };
  if (phase === 'Failed') return { state: 'failed', failure: failureOf(job) };
  const ageMs = nowMs - (jobEndedAtMs(job) ?? nowMs);
  return ageMs >= SUB_STATUS_GRACE_MS
    ? { state: 'succeeded' }
    : { state: 'unconfirmed', recheckAfterMs: SUB_STATUS_GRACE_MS - ageMs };
}

function withoutJob({ backup, command }: JobQuestion, phase: string | undefined): JobObservation {
  if (isOfEarlierRun(backup, command)) return { state: 'none' };
  if (phase === 'Complete') return { state: 'succeeded' };
  if (phase !== 'Prepare' && phase !== 'Running' && phase !== 'Failed') return { state: 'none' };
  const failure: JobFailure = {
    ...goneJob(backup, command),
    sinceMs: parseTime(
      backup.status.conditions?.findLast((condition) => isAbout(condition, command))?.lastTransitionTime,
    ),
    reason: 'the Job was deleted while the backup ran',
  };
  return { state: 'failed', failure };
}

/** No live read can tell the UID of a Job that is gone; the number of records tells this failure from the next. */
export function goneJob(
  { metadata: { name }, status }: Backup,
  command: BackupCommand,
): Pick<JobFailure, 'jobName' | 'jobUid'> {
  const attempt = status.backoffRetryStatus?.length ?? 0;
  return { jobName: logJobName(name, command), jobUid: `${GONE_PREFIX}${command}-${attempt}` };
}

/** Stricter than what a restart clears: a condition without a command may be another sub-command's start. */
function isAbout({ command = '' }: BackupCondition, asked: BackupCommand): boolean {
  return asked === 'snapshot' ? command === '' : command === asked;
}

function failureOf(job: Job): JobFailure {
  const condition = trueCondition(job, 'Failed');
  return {
    jobName: job.metadata.name,
    jobUid: job.metadata.uid,
    sinceMs: jobEndedAtMs(job),
    reason: condition?.reason ?? 'the backup reported a failure',
  };
}
