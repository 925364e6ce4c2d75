import { awaitReport } from './job-without-word.js';
import { observeRestoreJob } from './observe-restore-job.js';
import type { RestoreDecision } from './restore-decision.js';
import { failedEvent } from './restore-events.js';
import { restoreJobName } from './restore-job-name.js';
import { awaitDecision, createOrWait, writeCondition } from './restore-decisions.js';
import type { RestoreSituation } from './restore-situation.js';
import { hasBegun, trueRestoreCondition } from './restore-status.js';

/** Whether BR may have left something behind that this Restore wants to be rid of. */
export function wantsPrune({ restore: { spec, status } }: RestoreSituation): boolean {
  return spec.prune === 'afterFailed' && hasBegun(status);
}

export function beginPrune(situation: RestoreSituation): RestoreDecision {
  const { status } = situation.restore;
  return writeCondition(situation, {
    type: 'PruneScheduled',
    reason: 'RestoreFailedPruneScheduled',
    message: 'the restore failed, and spec.prune is afterFailed',
    // The phase says Failed no more: the failure is told now.
    events: [failedEvent(trueRestoreCondition(status, 'Failed'), status.replicationStep)],
    summary: 'the abort Job is due',
  });
}

/** The abort Job after a failure; its pod writes PruneRunning, PruneComplete and PruneFailed. */
export function decidePrune(situation: RestoreSituation): RestoreDecision {
  const { restore } = situation;
  const jobName = restoreJobName(restore.metadata.name, 'prune');
  const job = observeRestoreJob(situation, 'prune');
  switch (job.state) {
    case 'running':
      return awaitDecision('PruneRunning', `Job ${jobName} aborts what the restore left`);
    case 'failed':
      return pruneFailed(situation, job.message);
    case 'complete':
      return (
        awaitReport(situation, { endedAtMs: job.endedAtMs, jobName }) ?? pruneComplete(situation, jobName)
      );
    case 'absent':
    case 'foreign':
      return restore.status.phase === 'PruneRunning'
        ? pruneFailed(situation, `Job ${jobName} was deleted while it ran`)
        : createOrWait(situation, 'prune');
  }
}

function pruneFailed(situation: RestoreSituation, message: string): RestoreDecision {
  return writeCondition(situation, { type: 'PruneFailed', reason: 'JobFailed', message, summary: message });
}

function pruneComplete(situation: RestoreSituation, jobName: string): RestoreDecision {
  const message = `Job ${jobName} is complete; its pod did not report`;
  return writeCondition(situation, {
    type: 'PruneComplete',
    reason: 'JobComplete',
    message,
    summary: message,
  });
}
