import { GATE_POLICY_ANNOTATION } from '../labels.js';
import { jobOutcome } from '../kubernetes/job-outcome.js';
import { specHash } from '../spec-hash.js';
import { decideRestore } from './decide-restore.js';
import { RESTORE_JOB_STEPS } from './restore-step.js';
import type { SeenRestore } from './seen-restore.js';

/** What the watch does about one Restore. */
export interface RestoreAttention {
  /**
   * `None`: it needs no workflow. `Waits`: its workflow waits for what is still to come. `Due`: its workflow has
   * something to do now.
   */
  readonly need: 'None' | 'Waits' | 'Due';
  /** Equal while nothing has happened that a workflow does not do itself: one nudge is enough for it. */
  readonly fingerprint: string;
}

/** The very decision that the workflow will take from live reads, taken here from what the watch has seen. */
export function restoreAttention(seen: SeenRestore): RestoreAttention {
  return { need: needOf(seen), fingerprint: fingerprintOf(seen) };
}

function needOf(seen: SeenRestore): RestoreAttention['need'] {
  switch (decideRestore(seen).kind) {
    case 'Leave':
    case 'Ended':
      return 'None';
    case 'Await':
      return 'Waits';
    case 'Write':
    case 'CreateJob':
    case 'StopJobs':
      return 'Due';
  }
}

/** Phases that the manager in the pod writes; the others are our own writes, which are no news. */
const PHASES_OF_THE_POD = ['Running', 'Complete', 'Failed', 'PruneRunning', 'PruneComplete', 'PruneFailed'];

function fingerprintOf({ restore, jobs, compactBackup }: SeenRestore): string {
  const { metadata, spec, status } = restore;
  const ended = RESTORE_JOB_STEPS.map((step) => {
    const job = jobs[step];
    return job === undefined || jobOutcome(job) === 'running' ? '' : `${job.metadata.uid} ${jobOutcome(job)}`;
  });
  return JSON.stringify([
    specHash(spec),
    metadata.annotations?.[GATE_POLICY_ANNOTATION] ?? '',
    metadata.deletionTimestamp ?? '',
    PHASES_OF_THE_POD.find((phase) => phase === status.phase) ?? '',
    ...ended,
    // Not its progress, which changes every few seconds: only what a shard that ends makes of it.
    compactBackup?.metadata.uid ?? '',
    // Somebody may put a mismatch right.
    compactBackup === undefined ? '' : specHash(compactBackup.spec),
    compactBackup?.status.state ?? '',
    compactBackup?.status.completedIndexes ?? '',
    compactBackup?.status.failedIndexes ?? '',
  ]);
}
