import { jobOutcome } from '../kubernetes/job-outcome.js';
import { replicationConfigOf } from './gate-of.js';
import { compactionProgress } from './shard-progress.js';
import { RESTORE_JOB_STEPS } from './restore-step.js';
import type { CompactBackup } from './compact-backup.js';
import type { SeenRestore } from './seen-restore.js';

/** One line for each input of the gate, for the workflow's current details and `holdfast restore describe`. */
export function restoreDetails(seen: SeenRestore): string[] {
  return [...jobLines(seen), ...compactionLines(seen)];
}

function jobLines({ jobs }: SeenRestore): string[] {
  return RESTORE_JOB_STEPS.flatMap((step) => {
    const job = jobs[step];
    return job === undefined ? [] : [`Job ${job.metadata.name} (${step}): ${jobOutcome(job)}`];
  });
}

function compactionLines({ restore, compactBackup }: SeenRestore): string[] {
  const name = replicationConfigOf(restore)?.compactBackupName;
  if (name === undefined) return [];
  const state = compactBackup === undefined ? 'does not exist' : stateOf(compactBackup);
  return [`CompactBackup ${name}: ${state}`];
}

function stateOf(compactBackup: CompactBackup): string {
  const { state = '' } = compactBackup.status;
  const parts = [state === '' ? 'not begun' : state, compactionProgress(compactBackup)];
  return parts.filter((part) => part !== '').join(', ');
}
