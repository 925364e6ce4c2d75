import { awaitReport, completeUnreported, jobDeleted } from './job-without-word.js';
import { observeRestoreJob } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { restoreJobName } from './restore-job-name.js';
import { awaitDecision, createOrWait, failAfterPod, writeCondition } from './restore-decisions.js';
import { blockedBy, type RestoreSituation } from './restore-situation.js';

/** A point-in-time restore without a CompactBackup: one Job, and the program in its pod writes its course. */
export function decideStandard(situation: RestoreSituation): RestoreDecision {
  const { restore, now } = situation;
  const jobName = restoreJobName(restore.metadata.name, 'standard');
  const job = observeRestoreJob(situation, 'standard');
  switch (job.state) {
    case 'running':
      return awaitDecision('RestoreRunning', `Job ${jobName} restores`);
    case 'failed':
      return failAfterPod(situation, { reason: 'RestoreFailed', message: job.message });
    case 'complete':
      return (
        awaitReport(situation, { endedAtMs: job.endedAtMs, jobName }) ??
        completeUnreported(situation, jobName)
      );
    case 'absent':
    case 'foreign':
      if (restore.status.phase === 'Running') {
        return jobDeleted(situation, { step: 'standard', reason: 'RestoreFailed' });
      }
      if (restore.status.phase === 'Scheduled' || blockedBy(situation, 'standard') !== undefined) {
        return createOrWait(situation, 'standard');
      }
      return writeCondition(situation, {
        type: 'Scheduled',
        fields: { timeStarted: restore.status.timeStarted ?? now },
        summary: 'the restore begins',
      });
  }
}
