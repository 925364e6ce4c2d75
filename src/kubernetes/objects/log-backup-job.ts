import type { Backup } from '../../domain/backup/backup.js';
import type { TidbCluster } from '../../domain/backup/tidb-cluster.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import type { BackupCommand } from '../../domain/backup/backup-command.js';
import { tikvVersionOf } from '../../domain/backup/tikv-version.js';
import { selectStorage } from '../../domain/storage-location.js';
import { secretEnv, withOverrides, type EnvVar } from './env-var.js';
import { BR_FOLDER, BR_MOUNT, jobVolumes, type TlsNeeds } from './job-volumes.js';
import { backupJobAnnotations, backupJobLabels, backupOwnerReference } from './owned-metadata.js';
import { storageEnv } from './storage-env.js';

export interface LogBackupJobInput {
  readonly backup: Backup;
  readonly cluster: TidbCluster;
  readonly command: BackupCommand;
  /** 0 for the first run of an incident, n for retry n. */
  readonly attempt: number;
  readonly images: {
    readonly backupManager: string;
    /** Overrides `pingcap/br:<TiKV tag>`; the Backup's own toolImage overrides this. */
    readonly br?: string;
  };
}

/**
 * The Job that takes a snapshot, or runs one sub-command of a log backup, as TiDB Operator builds it, plus our labels.
 * Mirrors makeBRBackupJob:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/backup/backup/backup_manager.go
 * @throws ZodError for a spec in which `logJobProblems` finds something
 */
export function logBackupJob(input: LogBackupJobInput) {
  const { backup, command, attempt } = input;
  const labels = backupJobLabels(backup, attempt);
  const annotations = backupJobAnnotations(backup);
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
      template: { metadata: { labels, annotations }, spec: podSpec(input) },
    },
  };
}

function podSpec(input: LogBackupJobInput) {
  const spec = LogJobSpec.parse(input.backup.spec);
  const tls = tlsNeeds(spec, input.cluster);
  const { volumes, mounts } = jobVolumes(spec, tls);
  const resources = spec.resources == null ? {} : { resources: spec.resources };
  return {
    serviceAccountName: orDefault(spec.serviceAccount, 'tidb-backup-manager'),
    restartPolicy: 'Never',
    initContainers: [
      {
        name: 'br',
        image: brImage(spec, input),
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/sh', '-c'],
        args: [`cp /br ${BR_FOLDER}/br; echo 'BR copy finished'`],
        volumeMounts: [BR_MOUNT],
        ...resources,
      },
    ],
    containers: [
      {
        name: 'backup',
        image: input.images.backupManager,
        imagePullPolicy: 'IfNotPresent',
        args: managerArguments({ ...input, spec, tls }),
        env: environment(spec),
        volumeMounts: mounts,
        ...resources,
      },
    ],
    volumes,
    ...schedulingOf(spec),
  };
}

/** What people may say about where and how the pod runs, passed on as it is. */
function schedulingOf(spec: LogJobSpec) {
  return {
    ...(spec.podSecurityContext != null && { securityContext: spec.podSecurityContext }),
    ...(spec.tolerations != null && { tolerations: spec.tolerations }),
    ...(spec.imagePullSecrets != null && { imagePullSecrets: spec.imagePullSecrets }),
    ...(spec.affinity != null && { affinity: spec.affinity }),
    ...(spec.priorityClassName !== undefined && { priorityClassName: spec.priorityClassName }),
    ...(spec.automountServiceAccountToken !== undefined && {
      automountServiceAccountToken: spec.automountServiceAccountToken,
    }),
  };
}

function managerArguments(input: LogBackupJobInput & { spec: LogJobSpec; tls: TlsNeeds }): string[] {
  const { spec, tls, cluster, command } = input;
  const { metadata } = input.backup;
  const tikvVersion = tikvVersionOf(cluster);
  return [
    'backup',
    `--namespace=${metadata.namespace}`,
    `--backupName=${metadata.name}`,
    ...(tikvVersion === undefined ? [] : [`--tikvVersion=${tikvVersion}`]),
    ...(command === 'snapshot' ? ['--mode=snapshot'] : ['--mode=log', `--subcommand=${command}`]),
    ...timestampArgument(spec, command),
    ...(tls.clusterTls ? ['--cluster-tls=true'] : []),
    ...(tls.clientTls ? ['--client-tls=true'] : []),
    ...(tls.clientTls && skipsClientCa(cluster) ? ['--skipClientCA=true'] : []),
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

function tlsNeeds(spec: LogJobSpec, { spec: cluster }: TidbCluster): TlsNeeds {
  return {
    cluster: spec.br.cluster,
    clusterTls: cluster.tlsCluster?.enabled === true,
    clientTls: spec.from != null && cluster.tidb?.tlsClient?.enabled === true,
  };
}

function skipsClientCa({ spec }: TidbCluster): boolean {
  return spec.tidb?.tlsClient?.skipInternalClientCA === true;
}

/** A toolImage without a tag gets TiKV's. */
function brImage({ toolImage = '' }: LogJobSpec, { cluster, images }: LogBackupJobInput): string {
  const tag = tikvVersionOf(cluster) ?? 'latest';
  if (toolImage !== '') return toolImage.includes(':') ? toolImage : `${toolImage}:${tag}`;
  return images.br ?? `pingcap/br:${tag}`;
}

function environment(spec: LogJobSpec): EnvVar[] {
  const storage = selectStorage(spec);
  const useKms = spec.useKMS === true;
  const variables = [
    ...(spec.from == null ? [] : [passwordEnv(spec.from.secretName, useKms)]),
    ...(storage === undefined ? [] : storageEnv(storage, useKms)),
    // BR logs to the terminal, and so to the pod's log, when this is set to anything.
    { name: 'BR_LOG_TO_TERM', value: '\u0001' },
  ];
  return withOverrides(variables, spec.env ?? []);
}

function passwordEnv(secretName: string, useKms: boolean): EnvVar {
  const name = 'BACKUP_MANAGER_PASSWORD';
  return secretEnv(useKms ? `KMS_ENCRYPTED_${name}` : name, { name: secretName, key: 'password' });
}

function orDefault(value: string | undefined, fallback: string): string {
  return value === undefined || value === '' ? fallback : value;
}
