/** BR renamed the flags of a replication restore once; an older BR refuses the new names, a newer one the old. */
export const REPLICATION_FLAG_NAMES = ['restore-phase', 'replication-storage-phase'] as const;
export type ReplicationFlagNames = (typeof REPLICATION_FLAG_NAMES)[number];

/** Set through `spec.env` of a Restore whose BR is older. */
export const REPLICATION_FLAGS_VARIABLE = 'HOLDFAST_BR_REPLICATION_FLAGS';

export interface ReplicationArgumentsInput {
  /** 1 restores the snapshot, 2 the log. */
  readonly phase: 1 | 2;
  /**
   * False where the compaction does not cover the whole log: BR then refuses to keep only the newest version of each
   * row. The older flags have no such choice.
   */
  readonly retainLatestMvccVersion: boolean;
  readonly flagNames: ReplicationFlagNames;
}

/**
 * What makes `br restore point` one half of a replication restore. Mirrors replicationBRFlags, today's and its first:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/cmd/backup-manager/app/restore/restore.go
 */
export function replicationArguments(input: ReplicationArgumentsInput): string[] {
  const { phase, flagNames, retainLatestMvccVersion } = input;
  if (flagNames === 'replication-storage-phase') {
    return [
      `--replication-storage-phase=${phase}`,
      '--replication-status-sub-prefix=ccr',
      '--pitr-concurrency=1024',
    ];
  }
  return [
    `--restore-phase=${phase}`,
    '--pitr-concurrency=1024',
    '--metadata-download-batch-size=512',
    ...(retainLatestMvccVersion ? ['--retain-latest-mvcc-version'] : []),
  ];
}

/**
 * Which names this pod's BR understands; not set means the newer ones.
 * @throws Error for any other value
 */
export function replicationFlagNames(
  env: Readonly<Record<string, string | undefined>>,
): ReplicationFlagNames {
  const value = env[REPLICATION_FLAGS_VARIABLE] ?? '';
  const known = REPLICATION_FLAG_NAMES.find((name) => name === value);
  if (known !== undefined) return known;
  if (value === '') return 'restore-phase';
  const names = REPLICATION_FLAG_NAMES.join(' or ');
  throw new Error(`${REPLICATION_FLAGS_VARIABLE} is "${value}": it must be ${names}`);
}
