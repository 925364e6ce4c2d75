import { Backup } from './backup/backup.js';
import { Job } from './kubernetes/job.js';
import type { ObjectMeta } from './kubernetes/object-meta.js';
import { INCIDENT_ANNOTATION, OWNER_UID_LABEL, RETRY_ANNOTATION } from './labels.js';

/**
 * What the watch keeps of ten thousand objects: only what the decision reads. `kubectl apply` alone doubles a CR by
 * its annotation, and managed fields double it again.
 */
export function projectBackup(object: unknown): Backup {
  const { metadata, spec, status } = Backup.parse(object);
  const { phase, conditions, commitTs, logSuccessTruncateUntil, logSubCommandStatuses, backoffRetryStatus } =
    status;
  return {
    metadata: {
      ...identityOf(metadata),
      annotations: onlyKeys(metadata.annotations, [INCIDENT_ANNOTATION, RETRY_ANNOTATION]),
    },
    spec,
    status: {
      ...(phase !== undefined && { phase }),
      ...(commitTs !== undefined && { commitTs }),
      ...(logSuccessTruncateUntil !== undefined && { logSuccessTruncateUntil }),
      conditions: conditions ?? [],
      logSubCommandStatuses: logSubCommandStatuses ?? {},
      backoffRetryStatus: backoffRetryStatus ?? [],
    },
  };
}

export function projectJob(object: unknown): Job {
  const { metadata, status } = Job.parse(object);
  return {
    metadata: {
      ...identityOf(metadata),
      labels: onlyKeys(metadata.labels, [OWNER_UID_LABEL]),
      ownerReferences: metadata.ownerReferences ?? [],
    },
    spec: {},
    status: { conditions: status?.conditions ?? [] },
  };
}

function identityOf(metadata: ObjectMeta) {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
  };
}

function onlyKeys(
  record: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Record<string, string> {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([key]) => keys.includes(key)));
}
