import { awaitReport, completeUnreported, jobDeleted } from './job-without-word.js';
import { observeRestoreJob } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { awaitDecision, createOrWait, failAfterPod } from './restore-decisions.js';
import { restoreJobName } from './restore-job-name.js';
import type { RestoreSituation } from './restore-situation.js';

/** Behind the gate: the program in the pod writes Running and the end; we step in only where the Job ends without it. */
export function decideLogHalf(situation: RestoreSituation): RestoreDecision {
  const { restore } = situation;
  const jobName = restoreJobName(restore.metadata.name, 'log-restore');
  const job = observeRestoreJob(situation, 'log-restore');
  switch (job.state) {
    case 'running':
      return awaitDecision('LogRestoreRunning', `the log is restored by Job ${jobName}`);
    case 'failed':
      return failAfterPod(situation, { reason: 'LogRestoreFailed', message: job.message });
    case 'complete':
      return (
        awaitReport(situation, { endedAtMs: job.endedAtMs, jobName }) ??
        completeUnreported(situation, jobName)
      );
    case 'absent':
    case 'foreign':
      if (restore.status.phase === 'Running') {
        return jobDeleted(situation, { step: 'log-restore', reason: 'LogRestoreFailed' });
      }
      if (observeRestoreJob(situation, 'snapshot-restore').state === 'running') {
        return awaitDecision(
          'SnapshotRestoreRunning',
          'somebody started the snapshot restore again: it ends first',
        );
      }
      return createOrWait(situation, 'log-restore');
  }
}
