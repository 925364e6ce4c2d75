import type { Backup } from '../../domain/backup/backup.js';
import type { ObjectMeta } from '../../domain/kubernetes/object-meta.js';
import {
  ATTEMPT_LABEL,
  INCIDENT_ANNOTATION,
  OWNER_UID_LABEL,
  REPLICATION_STEP_LABEL,
  RESTORE_UID_LABEL,
} from '../../domain/labels.js';
import { boundedName } from '../../domain/names.js';
import type { Restore } from '../../domain/replication/restore.js';
import type { RestoreJobStep } from '../../domain/replication/restore-step.js';

const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** Labels of everything that belongs to one run of a Backup: TiDB Operator's, ours, then the Backup's own. */
export function backupJobLabels({ metadata }: Backup, attempt: number): Record<string, string> {
  return { ...operatorLabels('backup', metadata), [ATTEMPT_LABEL]: String(attempt) };
}

/** Labels of everything that belongs to one step of a Restore. */
export function restoreJobLabels({ metadata }: Restore, step: RestoreJobStep): Record<string, string> {
  const isHalf = step === 'snapshot-restore' || step === 'log-restore';
  return {
    ...operatorLabels('restore', metadata),
    ...(isHalf && { [REPLICATION_STEP_LABEL]: step }),
    [RESTORE_UID_LABEL]: metadata.uid,
  };
}

/** TiDB Operator's own win over the custom resource's. */
function operatorLabels(kind: 'backup' | 'restore', metadata: ObjectMeta): Record<string, string> {
  return {
    ...metadata.labels,
    'app.kubernetes.io/name': kind,
    'app.kubernetes.io/managed-by': `${kind}-operator`,
    [INSTANCE_LABEL]: metadata.labels?.[INSTANCE_LABEL] ?? boundedName(metadata.name),
    'app.kubernetes.io/component': kind,
    [`tidb.pingcap.com/${kind}`]: boundedName(metadata.name),
    [OWNER_UID_LABEL]: metadata.uid,
  };
}

/** The Backup's annotations without the incident: that one changes while the Job runs. */
export function backupJobAnnotations({ metadata }: Backup): Record<string, string> {
  const { [INCIDENT_ANNOTATION]: _incident, ...annotations } = metadata.annotations ?? {};
  return annotations;
}

export function backupOwnerReference({ metadata }: Backup) {
  return ownerReferenceTo('Backup', metadata);
}

export function restoreOwnerReference({ metadata }: Restore) {
  return ownerReferenceTo('Restore', metadata);
}

/** The custom resource goes only when what it owns has gone. */
function ownerReferenceTo(kind: string, { name, uid }: ObjectMeta) {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
