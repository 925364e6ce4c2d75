import {
  logPhaseOf,
  logStatusPatch,
  ownStatusOf,
  statusWithLogCondition,
} from '../../domain/backup/log-status.js';
import type { Backup } from '../../domain/backup/backup.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import type { Job } from '../../domain/kubernetes/job.js';
import type { StartResult } from '../../domain/retry/review.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../../domain/time.js';
import { patchBackup, readBackup } from '../../kubernetes/backups.js';
import { jobReference, jobRefusal } from '../../kubernetes/jobs.js';
import { waitUntilGone } from '../../kubernetes/wait-until-gone.js';
import { buildJob, type Obstacle } from './build-job.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { onFreshRead } from '../on-fresh-read.js';
import { judgeBackup } from './observe-backup.js';
import { RECHECK_MS, scheduleAndCreate } from './start-job.js';

/** Creates the Job of a first run, once everything that it needs is there. */
export async function createFirstJob(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<StartResult> {
  return onFreshRead(async () => {
    const judged = await judgeBackup(deps, input);
    if (judged?.decision.kind !== 'CreateFirstJob') {
      return { result: 'Superseded', summary: 'the first Job is not ours to create any more' };
    }
    const { backup, job: ended } = judged.seen;
    const { command } = judged.decision;
    const built = await buildJob(deps, { backup, command, attempt: 0 });
    if ('obstacle' in built) return blocked(deps, { backup, command, obstacle: built.obstacle });
    const refusal = await standingRefusal(deps, { backup, command, job: built.job });
    if (refusal !== undefined) return blocked(deps, { backup, command, obstacle: refusedJob(refusal) });
    if (ended !== undefined && !(await removeEnded(deps, ended))) return waitsForName(ended);
    const started = await scheduleAndCreate(deps, { backup, command, attempt: 0, job: built.job });
    if (started.result !== 'Blocked') return started;
    const fresh = (await readBackup(deps.api, input)) ?? backup;
    return blocked(deps, { backup: fresh, command, obstacle: refusedJob(started.summary) });
  });
}

/** The Job of an earlier run of this sub-command has the name that the new one needs. */
async function removeEnded(deps: BackupActivityDependencies, job: Job): Promise<boolean> {
  const { namespace, name, uid, resourceVersion } = job.metadata;
  await deps.api.delete(jobReference({ namespace, name }), { uid, resourceVersion });
  return waitUntilGone(deps.api, { job, timeoutMs: RECHECK_MS, deletions: deps.deletions });
}

function waitsForName({ metadata: { name } }: Job): StartResult {
  return { result: 'Blocked', summary: `the ended Job ${name} does not go`, recheckAfterMs: RECHECK_MS };
}

/** A Job that was refused before is tried out first: its Backup must not flap between RetryFailed and Scheduled. */
async function standingRefusal(
  deps: BackupActivityDependencies,
  { backup, command, job }: { backup: Backup; command: BackupCommand; job: object },
): Promise<string | undefined> {
  if (logPhaseOf(backup.status, command) !== 'RetryFailed') return undefined;
  return jobRefusal(deps.api, backup.metadata.namespace, job);
}

function refusedJob(message: string): Obstacle {
  return { reason: 'CreateBackupJobFailed', message };
}

/** As TiDB Operator does for a missing cluster or Secret: condition RetryFailed, no failure of a Job. */
async function blocked(
  deps: BackupActivityDependencies,
  { backup, command, obstacle }: { backup: Backup; command: BackupCommand; obstacle: Obstacle },
): Promise<StartResult> {
  const { reason, message } = obstacle;
  const own = ownStatusOf(backup.status, command);
  const condition = own?.conditions?.find(({ type }) => type === 'RetryFailed');
  const said = own?.phase === 'RetryFailed' && condition?.message === message;
  if (!said) {
    const now = toRfc3339Seconds(deps.now());
    const status = statusWithLogCondition(backup.status, {
      command,
      type: 'RetryFailed',
      reason,
      message,
      now,
    });
    await patchBackup(deps.api, backup, { status: logStatusPatch(backup.status, status) });
  }
  return { result: 'Blocked', summary: message, recheckAfterMs: RECHECK_MS };
}
