import type { Backup } from '../../domain/backup/backup.js';
import type { TidbCluster } from '../../domain/backup/tidb-cluster.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import { brPodSpec, tlsArguments, versionArgument, type BrImages } from './br-pod.js';
import { backupJobAnnotations, backupJobLabels, backupOwnerReference } from './owned-metadata.js';

export interface LogBackupJobInput {
  readonly backup: Backup;
  readonly cluster: TidbCluster;
  readonly command: BackupCommand;
  /** 0 for the first run of an incident, n for retry n. */
  readonly attempt: number;
  readonly images: BrImages;
}

/**
 * The Job that takes a snapshot, or runs one sub-command of a log backup, as TiDB Operator builds it, plus our labels.
 * Mirrors makeBRBackupJob:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/backup/backup/backup_manager.go
 * @throws ZodError for a spec in which `logJobProblems` finds something
 */
export function logBackupJob(input: LogBackupJobInput) {
  const { backup, cluster, command, attempt, images } = input;
  const spec = LogJobSpec.parse(backup.spec);
  const labels = backupJobLabels(backup, attempt);
  const annotations = backupJobAnnotations(backup);
  const container = { name: 'backup', args: managerArguments(spec, input) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: logJobName(backup.metadata.name, command),
      namespace: backup.metadata.namespace,
      labels,
      annotations,
      ownerReferences: [backupOwnerReference(backup)],
    },
    spec: {
      // A retry is ours to decide, never Kubernetes'.
      backoffLimit: 0,
      template: { metadata: { labels, annotations }, spec: brPodSpec({ spec, cluster, images, container }) },
    },
  };
}

function managerArguments(spec: LogJobSpec, { backup, cluster, command }: LogBackupJobInput): string[] {
  const { metadata } = backup;
  return [
    'backup',
    `--namespace=${metadata.namespace}`,
    `--backupName=${metadata.name}`,
    ...versionArgument(cluster),
    ...(command === 'snapshot' ? ['--mode=snapshot'] : ['--mode=log', `--subcommand=${command}`]),
    ...timestampArgument(spec, command),
    ...tlsArguments(spec, cluster),
  ];
}

function timestampArgument(
  { commitTs = '', logTruncateUntil = '' }: LogJobSpec,
  command: BackupCommand,
): string[] {
  if (command === 'log-start' || command === 'snapshot')
    return commitTs === '' ? [] : [`--commit-ts=${commitTs}`];
  if (command !== 'log-truncate') return [];
  return logTruncateUntil === '' ? [] : [`--truncate-until=${logTruncateUntil}`];
}
