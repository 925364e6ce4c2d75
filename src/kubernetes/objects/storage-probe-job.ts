import type { Backup } from '../../domain/backup/backup.js';
import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import { ATTEMPT_LABEL } from '../../domain/labels.js';
import { boundedName } from '../../domain/names.js';
import { managerPodSpec } from './br-pod.js';
import { backupJobAnnotations, backupJobLabels } from './owned-metadata.js';

/** Deletes the Job where whoever created it could not. */
const SECONDS_KEPT = 60;

export interface StorageProbeJobInput {
  readonly backup: Backup;
  /** Of the backup manager. */
  readonly image: string;
  /** When Kubernetes ends it. */
  readonly deadlineSeconds: number;
}

/**
 * A Job that looks at the Backup's storage from the place of its own Jobs: same ServiceAccount, Secret, labels,
 * annotations, node rules. Its managed-by label and the missing owner keep it out of sight of Holdfast's watch and of
 * TiDB Operator, so that it is no run of the backup.
 * @throws ZodError for a spec that no Job can be made of
 */
export function storageProbeJob({ backup, image, deadlineSeconds }: StorageProbeJobInput) {
  // The password of TiDB is of no use here, and its Secret may be missing.
  const spec = { ...LogJobSpec.parse(backup.spec), from: undefined };
  const { namespace, name } = backup.metadata;
  const { [ATTEMPT_LABEL]: _attempt, ...shared } = backupJobLabels(backup, 0);
  const labels = { ...shared, 'app.kubernetes.io/managed-by': 'holdfast' };
  const annotations = backupJobAnnotations(backup);
  const args = ['probe-storage', `--namespace=${namespace}`, `--backupName=${name}`];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: boundedName(`probe-storage-${name}`), namespace, labels, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: SECONDS_KEPT,
      template: {
        metadata: { labels, annotations },
        spec: managerPodSpec(spec, {
          image,
          container: { name: 'probe', args },
          tls: { cluster: spec.br.cluster, clusterTls: false, clientTls: false },
        }),
      },
    },
  };
}
