import { Backup } from './backup/backup.js';
import { Job } from './kubernetes/job.js';
import { Pod, type ContainerStatus } from './kubernetes/pod.js';
import type { ObjectMeta } from './kubernetes/object-meta.js';
import {
  GATE_POLICY_ANNOTATION,
  INCIDENT_ANNOTATION,
  OWNER_UID_LABEL,
  RESTORE_UID_LABEL,
  RETRY_ANNOTATION,
} from './labels.js';
import { CompactBackup } from './replication/compact-backup.js';
import { Restore } from './replication/restore.js';

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
      // All of them: TiDB Operator's selector may ask for any.
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
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

export function projectRestore(object: unknown): Restore {
  const { metadata, spec, status } = Restore.parse(object);
  const { phase, conditions, replicationStep } = status;
  return {
    metadata: {
      ...identityOf(metadata),
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
      annotations: onlyKeys(metadata.annotations, [GATE_POLICY_ANNOTATION]),
    },
    spec,
    status: {
      ...(phase !== undefined && { phase }),
      ...(replicationStep !== undefined && { replicationStep }),
      conditions: conditions ?? [],
    },
  };
}

export function projectCompactBackup(object: unknown): CompactBackup {
  const { metadata, spec, status } = CompactBackup.parse(object);
  const { state, message, completedIndexes, failedIndexes } = status;
  return {
    metadata: identityOf(metadata),
    spec,
    status: {
      ...(state !== undefined && { state }),
      ...(message !== undefined && { message }),
      ...(completedIndexes !== undefined && { completedIndexes }),
      ...(failedIndexes !== undefined && { failedIndexes }),
    },
  };
}

export function projectJob(object: unknown): Job {
  const { metadata, spec, status } = Job.parse(object);
  return {
    metadata: {
      ...identityOf(metadata),
      labels: onlyKeys(metadata.labels, [OWNER_UID_LABEL, RESTORE_UID_LABEL]),
      ownerReferences: metadata.ownerReferences ?? [],
    },
    spec: spec.suspend === true ? { suspend: true } : {},
    status: { conditions: status?.conditions ?? [] },
  };
}

/** Only whether it has started, and what it waits for: what a failed one leaves behind is read live. */
export function projectPod(object: unknown): Pod {
  const { metadata, status } = Pod.parse(object);
  const { phase, reason, initContainerStatuses, containerStatuses } = status ?? {};
  const waits = (phase ?? 'Pending') === 'Pending';
  return {
    metadata: { ...identityOf(metadata), ownerReferences: metadata.ownerReferences ?? [] },
    status: {
      ...(phase !== undefined && { phase }),
      ...(reason !== undefined && { reason }),
      ...(waits && {
        initContainerStatuses: (initContainerStatuses ?? []).map(projectContainer),
        containerStatuses: (containerStatuses ?? []).map(projectContainer),
      }),
    },
  };
}

function projectContainer({ name, state }: ContainerStatus): ContainerStatus {
  const { running, terminated, waiting } = state ?? {};
  return {
    name,
    state: {
      ...(running !== undefined && { running: {} }),
      ...(terminated !== undefined && { terminated: { exitCode: terminated.exitCode } }),
      ...(waiting !== undefined && { waiting: { reason: waiting.reason } }),
    },
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
