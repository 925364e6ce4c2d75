import type { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import type { TidbCluster } from '../../domain/backup/tidb-cluster.js';
import { restoreJobName } from '../../domain/replication/restore-job-name.js';
import { RestoreJobSpec } from '../../domain/replication/restore-job-spec.js';
import { restorePodSpec } from '../../domain/replication/restore-pod-spec.js';
import type { RestoreJobStep } from '../../domain/replication/restore-step.js';
import type { Restore } from '../../domain/replication/restore.js';
import { brPodSpec, tlsArguments, versionArgument, type BrImages } from './br-pod.js';
import { restoreJobLabels, restoreOwnerReference } from './owned-metadata.js';

export interface RestoreJobInput {
  readonly restore: Restore;
  readonly cluster: TidbCluster;
  readonly step: RestoreJobStep;
  /** False where compaction did not wholly succeed: BR refuses the flag then. Only the log restore depends on it. */
  readonly retainLatestMvccVersion: boolean;
  readonly images: BrImages;
}

/** In which the program in the pod can still write what became of it. */
const TERMINATION_GRACE_SECONDS = 10;

/**
 * The Job of one step of a Restore, as TiDB Operator builds it, plus our labels. Mirrors makeRestoreJobWithMode and
 * replication_handler.go:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/backup/restore/restore_manager.go
 * @throws ZodError for a spec in which `restoreProblems` finds something
 */
export function restoreJob(input: RestoreJobInput) {
  const { restore, cluster, step, images } = input;
  const { namespace, name, annotations = {} } = restore.metadata;
  const labels = restoreJobLabels(restore, step);
  const spec = withSnapshotVolume(restore);
  const container = {
    name: step === 'prune' ? 'restoreprune-manager' : 'restore',
    args: managerArguments(spec, input),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: restoreJobName(name, step),
      namespace,
      labels,
      annotations,
      ownerReferences: [restoreOwnerReference(restore)],
    },
    spec: {
      backoffLimit: RestoreJobSpec.parse(restore.spec).backoffLimit ?? 0,
      template: {
        metadata: { labels, annotations },
        spec: {
          ...brPodSpec({ spec, cluster, images, container }),
          terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
        },
      },
    },
  };
}

/** A snapshot on a volume has to be mounted as the log is, where it lies on another one. */
function withSnapshotVolume(restore: Restore): LogJobSpec {
  const spec = restorePodSpec(restore);
  const snapshot = RestoreJobSpec.parse(restore.spec).pitrFullBackupStorageProvider?.local;
  if (snapshot == null || snapshot.volume.name === spec.local?.volume.name) return spec;
  return {
    ...spec,
    additionalVolumes: [...(spec.additionalVolumes ?? []), snapshot.volume],
    additionalVolumeMounts: [...(spec.additionalVolumeMounts ?? []), snapshot.volumeMount],
  };
}

function managerArguments(
  spec: LogJobSpec,
  { restore, cluster, step, retainLatestMvccVersion }: RestoreJobInput,
): string[] {
  const { namespace, name } = restore.metadata;
  const { pitrRestoredTs = '' } = RestoreJobSpec.parse(restore.spec);
  return [
    'restore',
    `--namespace=${namespace}`,
    `--restoreName=${name}`,
    ...(step === 'prune' ? ['--abort=true'] : []),
    ...versionArgument(cluster),
    '--mode=pitr',
    ...(pitrRestoredTs === '' ? [] : [`--pitrRestoredTs=${pitrRestoredTs}`]),
    ...tlsArguments(spec, cluster),
    ...phaseArguments(step, retainLatestMvccVersion),
  ];
}

function phaseArguments(step: RestoreJobStep, retainLatestMvccVersion: boolean): string[] {
  switch (step) {
    case 'snapshot-restore':
      return ['--replicationPhase=1'];
    case 'log-restore':
      return [
        '--replicationPhase=2',
        ...(retainLatestMvccVersion ? [] : ['--replicationRetainLatestMVCCVersion=false']),
      ];
    case 'standard':
    case 'prune':
      return [];
  }
}
