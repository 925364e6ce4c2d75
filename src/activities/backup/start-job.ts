import { isOwnedBy } from '../../domain/kubernetes/owned-by.js';
import { incidentAnnotation } from '../../domain/retry/read-incident.js';
import { judgedHash } from '../../domain/retry/judged-hash.js';
import { log } from '@temporalio/activity';
import type { Backup } from '../../domain/backup/backup.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import {
  logStatusPatch,
  statusWithLogCondition,
  statusWithoutLogCondition,
} from '../../domain/backup/log-status.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import { ATTEMPT_LABEL } from '../../domain/labels.js';
import type { Incident } from '../../domain/retry/incident.js';
import { markRetried } from '../../domain/retry/records.js';
import type { StartResult } from '../../domain/retry/review.js';
import { jobOutcome } from '../../domain/kubernetes/job-outcome.js';
import type { Job } from '../../domain/kubernetes/job.js';
import { toRfc3339Seconds } from '../../domain/time.js';
import { patchBackup } from '../../kubernetes/backups.js';
import { createJob, findJob } from '../../kubernetes/jobs.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { backupFields, retryFields, subjectOf } from './log-lines.js';

/** For what no watch tells: Secrets, quotas, admission. */
export const RECHECK_MS = 15_000;

export interface StartQuestion {
  readonly backup: Backup;
  readonly command: BackupCommand;
  readonly attempt: number;
  readonly job: object;
  /** The open incident, where this is a retry. */
  readonly incident?: Incident;
}

/**
 * The last two steps of a first run and of a restart: one write that says "scheduled", then the Job. In this order,
 * because from its creation on the pod writes the same object, and because a Job must never run before its
 * `realRetryAt` is stored.
 */
export async function scheduleAndCreate(
  deps: BackupActivityDependencies,
  question: StartQuestion,
): Promise<StartResult> {
  const { backup, attempt, command } = question;
  await markScheduled(deps, question);
  const { namespace } = backup.metadata;
  const name = logJobName(backup.metadata.name, command);
  const creation = await createJob(deps.api, namespace, question.job);
  if (creation.result === 'refused') {
    return { result: 'Blocked', summary: creation.message, recheckAfterMs: RECHECK_MS };
  }
  if (creation.result === 'created') {
    const subject = subjectOf(backup);
    if (attempt === 0) log.info(`${subject} Job created`, { ...backupFields(backup), attempt, job: name });
    else
      log.info(`${subject} Job created again for its retry`, {
        ...retryFields(backup, { attempt }),
        job: name,
      });
    return { result: 'Started', summary: `Job ${name} created (attempt ${attempt})` };
  }
  const existing = await findJob(deps.api, { namespace, name });
  if (existing !== undefined && isSameRun(existing, { backup, attempt })) {
    return { result: 'Started', summary: `Job ${name} was created before (attempt ${attempt})` };
  }
  return { result: 'Superseded', summary: `another Job has the name ${name}` };
}

async function markScheduled(deps: BackupActivityDependencies, question: StartQuestion): Promise<void> {
  const { backup, command, incident } = question;
  const nowMs = deps.now();
  const cleared = (['Failed', 'RetryFailed', 'Invalid'] as const).reduce(
    (status, type) => statusWithoutLogCondition(status, { command, type }),
    backup.status,
  );
  const again =
    incident !== undefined && command === 'snapshot'
      ? // The in-pod manager of a snapshot clears what the failed run left behind only when it sees this.
        statusWithLogCondition(cleared, { command, type: 'Restart', now: toRfc3339Seconds(nowMs) })
      : cleared;
  const status = {
    ...statusWithLogCondition(again, {
      command,
      type: 'Scheduled',
      now: toRfc3339Seconds(nowMs),
      // As TiDB Operator does: it tells a truncation that is done from the next one.
      ...(command === 'log-truncate' && {
        fields: { logTruncatingUntil: backup.spec.logTruncateUntil ?? '' },
      }),
    }),
    ...(incident !== undefined && {
      backoffRetryStatus: markRetried(backup.status.backoffRetryStatus, nowMs),
    }),
  };
  const changes = logStatusPatch(backup.status, status);
  if (Object.keys(changes).length === 0) return;
  await patchBackup(deps.api, backup, {
    status: changes,
    ...(incident !== undefined && { annotations: judgedNow(backup, incident) }),
  });
}

/** What runs from here on is the spec as it is now, and the incident goes on under it. */
function judgedNow(backup: Backup, incident: Incident): Record<string, string> {
  const judged: Incident = { ...incident, state: 'open', specHash: judgedHash(backup) };
  return incidentAnnotation(judged);
}

/** Ours, of this attempt where it says which, and not failed: then creating it again was a repetition. */
function isSameRun(job: Job, { backup, attempt }: { backup: Backup; attempt: number }): boolean {
  const owned = isOwnedBy(job, backup.metadata.uid);
  const label = job.metadata.labels?.[ATTEMPT_LABEL];
  return owned && jobOutcome(job) !== 'failed' && (label === undefined || label === String(attempt));
}
