/** The two halves of a replication restore, as `status.replicationStep` and the Jobs' label spell them. */
export type ReplicationStep = 'snapshot-restore' | 'log-restore';

/** What one Job of a Restore does; each has a Job name of its own. `standard` is a whole PiTR in one Job. */
export type RestoreJobStep = ReplicationStep | 'standard' | 'prune';

export const RESTORE_JOB_STEPS: readonly RestoreJobStep[] = [
  'snapshot-restore',
  'log-restore',
  'standard',
  'prune',
];
