import { log } from '@temporalio/activity';
import { judgedHash } from '../../domain/retry/judged-hash.js';
import { z } from 'zod';
import { logJobName } from '../../domain/backup/log-job-name.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { Decision } from '../../domain/retry/decision.js';
import { retryBlockedEvent } from '../../domain/retry/events.js';
import type { StartResult } from '../../domain/retry/review.js';
import { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { OWNER_UID_LABEL } from '../../domain/labels.js';
import type { Job } from '../../domain/kubernetes/job.js';
import { recordEvent } from '../../kubernetes/events.js';
import { jobReference, podsOfJob } from '../../kubernetes/jobs.js';
import {
  jobFromTemplate,
  keepTemplate,
  readTemplate,
  type JobTemplate,
} from '../../kubernetes/job-template.js';
import { waitUntilGone } from '../../kubernetes/wait-until-gone.js';
import { buildJob } from './build-job.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { onFreshRead } from '../on-fresh-read.js';
import { retryFields, subjectOf } from './log-lines.js';
import { judgeBackup } from './observe-backup.js';
import { RECHECK_MS, scheduleAndCreate } from './start-job.js';

/** After this long people are told which pod hangs, and on which node. */
const TELL_AFTER_MS = 10_000;
/** And after this long the workflow waits on: many hanging pods must not keep others from being looked after. */
const GIVE_BACK_AFTER_MS = 60_000;

export const RestartJobInput = SuperviseBackupInput.extend({ retryNum: z.number().int().positive() });
export type RestartJobInput = z.infer<typeof RestartJobInput>;

type RetryDecision = Extract<Decision, { kind: 'Retry' }>;

/**
 * Retry `retryNum`: (a) the recorded failure still holds, (b) the template is kept, the failed Job and its pods go,
 * (c) one write, (d) the Job again. Every step may have been done by a run of this activity that died: each looks first.
 * One look serves all of them: (c) is refused where anything changed at the Backup since (a), and then all is judged
 * anew; (d) is refused where another Job took the name.
 */
export async function restartJob(
  deps: BackupActivityDependencies,
  input: RestartJobInput,
): Promise<StartResult> {
  return onFreshRead(async () => {
    const judged = await judgeBackup(deps, input);
    const retry = judged === undefined ? undefined : dueRetry(judged, input.retryNum);
    if (judged === undefined || retry === undefined) {
      return { result: 'Superseded', summary: `retry ${input.retryNum} is not due any more` };
    }
    const { seen } = judged;
    const name = logJobName(seen.backup.metadata.name, retry.command);
    const template =
      seen.job === undefined
        ? await readTemplate(deps.api, { backup: seen.backup, jobName: name })
        : await keepTemplate(deps.api, { backup: seen.backup, job: seen.job, keptBefore: 'perhaps' });
    if (seen.job !== undefined && !(await removeFailedJob(deps, { seen, job: seen.job, retry }))) {
      const summary = `retry ${input.retryNum} waits for Job ${name} to go`;
      return { result: 'Blocked', summary, recheckAfterMs: RECHECK_MS };
    }
    return createAgain(deps, { seen, retry, name, template });
  });
}

function dueRetry(
  { seen, decision }: { seen: SeenBackup; decision: Decision },
  retryNum: number,
): RetryDecision | undefined {
  if (decision.kind !== 'Retry' || decision.retryNum !== retryNum) return undefined;
  return decision.dueMs <= seen.nowMs ? decision : undefined;
}

/** @returns false where a pod hangs and it is still there */
async function removeFailedJob(
  deps: BackupActivityDependencies,
  { seen, job, retry }: { seen: SeenBackup; job: Job; retry: RetryDecision },
): Promise<boolean> {
  const { namespace, name, uid, resourceVersion, deletionTimestamp } = job.metadata;
  if (deletionTimestamp === undefined) {
    await deps.api.delete(jobReference({ namespace, name }), { uid, resourceVersion });
  }
  const { deletions } = deps;
  if (await waitUntilGone(deps.api, { job, timeoutMs: TELL_AFTER_MS, deletions })) return true;
  const [hanging] = await podsOfJob(deps.api, job);
  const event = retryBlockedEvent(retry, {
    jobName: name,
    pod: hanging?.metadata.name,
    node: hanging?.spec?.nodeName,
  });
  await recordEvent(deps, { backup: seen.backup, event, nowMs: deps.now() });
  log.warn(`${subjectOf(seen.backup)} retry is blocked, the failed Job does not go`, {
    ...retryFields(seen.backup, { attempt: retry.retryNum }),
    job: name,
    pod: hanging?.metadata.name,
    node: hanging?.spec?.nodeName,
  });
  return waitUntilGone(deps.api, { job, timeoutMs: GIVE_BACK_AFTER_MS, deletions });
}

interface Restart {
  readonly seen: SeenBackup;
  readonly retry: RetryDecision;
  readonly name: string;
  readonly template: JobTemplate | undefined;
}

/** The failed Job is gone: "scheduled", then the Job again. */
async function createAgain(
  deps: BackupActivityDependencies,
  { seen: { backup }, retry, name, template }: Restart,
): Promise<StartResult> {
  const { command, incident, retryNum: attempt } = retry;
  if (template !== undefined && !isOutdated(template, { retry, backup })) {
    const job = jobFromTemplate(template, { backup, name, attempt });
    return scheduleAndCreate(deps, { backup, command, attempt, job, incident });
  }
  const built = await buildJob(deps, { backup, command, attempt });
  if ('obstacle' in built)
    return { result: 'Blocked', summary: built.obstacle.message, recheckAfterMs: RECHECK_MS };
  return scheduleAndCreate(deps, { backup, command, attempt, job: built.job, incident });
}

/** A Job that we built from a spec which was edited since is built anew: the edit is most likely the mend. */
function isOutdated(
  template: JobTemplate,
  { retry, backup }: { retry: RetryDecision; backup: SeenBackup['backup'] },
): boolean {
  const ours = template.labels[OWNER_UID_LABEL] !== undefined;
  return ours && retry.incident.specHash !== judgedHash(backup);
}
