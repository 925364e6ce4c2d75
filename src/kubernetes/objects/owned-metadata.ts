import type { Backup } from '../../domain/backup/backup.js';
import { ATTEMPT_LABEL, INCIDENT_ANNOTATION, OWNER_UID_LABEL } from '../../domain/labels.js';
import { boundedName } from '../../domain/names.js';

const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** Labels of everything that belongs to one run of a Backup: TiDB Operator's, ours, then the Backup's own. */
export function backupJobLabels({ metadata }: Backup, attempt: number): Record<string, string> {
  return {
    ...metadata.labels,
    'app.kubernetes.io/name': 'backup',
    'app.kubernetes.io/managed-by': 'backup-operator',
    [INSTANCE_LABEL]: metadata.labels?.[INSTANCE_LABEL] ?? boundedName(metadata.name),
    'app.kubernetes.io/component': 'backup',
    'tidb.pingcap.com/backup': boundedName(metadata.name),
    [ATTEMPT_LABEL]: String(attempt),
    [OWNER_UID_LABEL]: metadata.uid,
  };
}

/** The Backup's annotations without the incident: that one changes while the Job runs. */
export function backupJobAnnotations({ metadata }: Backup): Record<string, string> {
  const { [INCIDENT_ANNOTATION]: _incident, ...annotations } = metadata.annotations ?? {};
  return annotations;
}

/** The Backup goes only when what it owns has gone. */
export function backupOwnerReference({ metadata }: Backup) {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
