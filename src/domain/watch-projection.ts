import { Backup } from './backup/backup.js';
import { Job } from './kubernetes/job.js';
import { INCIDENT_ANNOTATION, OWNER_UID_LABEL, RETRY_ANNOTATION } from './labels.js';

/**
 * What the watch keeps of ten thousand objects: only what the decision reads. `kubectl apply` alone doubles a CR by
 * its annotation, and managed fields double it again.
 */
export function projectBackup(object: unknown): Backup {
  const { metadata, spec, status } = Backup.parse(object);
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, annotations } =
    metadata;
  const { phase, conditions, commitTs, logSuccessTruncateUntil, logSubCommandStatuses, backoffRetryStatus } =
    status;
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      annotations: onlyKeys(annotations, [INCIDENT_ANNOTATION, RETRY_ANNOTATION]),
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
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    deletionTimestamp,
    labels,
    ownerReferences,
  } = metadata;
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      labels: onlyKeys(labels, [OWNER_UID_LABEL]),
      ownerReferences: ownerReferences ?? [],
    },
    spec: {},
    status: { conditions: status?.conditions ?? [] },
  };
}

function onlyKeys(
  record: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Record<string, string> {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([key]) => keys.includes(key)));
}
