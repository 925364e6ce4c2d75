import { awaitDecision, awaitPods, fail, writeCondition } from './restore-decisions.js';
import type { RestoreDecision } from './restore-decision.js';
import { restoreJobName } from './restore-job-name.js';
import type { RestoreSituation } from './restore-situation.js';
import type { RestoreJobStep } from './restore-step.js';

/** The program in a Job's pod writes the end of its Restore. Here is what happens where the Job ends without its word. */

/** A Job that is Complete while its pod says nothing: the last write may still come. */
const REPORT_GRACE_MS = 60_000;

/** It is complete, and the Restore does not say so yet; `undefined` when it will not say so any more. */
export function awaitReport(
  situation: RestoreSituation,
  { endedAtMs, jobName }: { endedAtMs: number | undefined; jobName: string },
): RestoreDecision | undefined {
  const ageMs = situation.nowMs - (endedAtMs ?? situation.nowMs);
  if (ageMs >= REPORT_GRACE_MS) return undefined;
  const summary = `Job ${jobName} is complete, its pod has not reported yet`;
  return awaitDecision('ManagerReport', summary, REPORT_GRACE_MS - ageMs);
}

export function completeUnreported(situation: RestoreSituation, jobName: string): RestoreDecision {
  return writeCondition(situation, {
    type: 'Complete',
    reason: 'JobComplete',
    message: `Job ${jobName} is complete; its pod did not report`,
    fields: { timeCompleted: situation.now },
    summary: `Job ${jobName} is complete`,
  });
}

/** A Job that was deleted under the program in its pod: once no pod of it runs, nobody will report any more. */
export function jobDeleted(
  situation: RestoreSituation,
  { step, reason }: { step: RestoreJobStep; reason: string },
): RestoreDecision {
  const jobName = restoreJobName(situation.restore.metadata.name, step);
  const { livePods = [] } = situation;
  if (livePods.length > 0) return awaitPods(livePods, `Job ${jobName} was deleted`);
  return fail(situation, { reason, message: `Job ${jobName} was deleted while the restore ran` });
}
