import type { Backup } from '../domain/backup/backup.js';
import { OWNER_UID_LABEL } from '../domain/labels.js';
import { boundedName, shortHash } from '../domain/names.js';
import type { BackupEvent } from '../domain/retry/events.js';
import { toRfc3339Seconds } from '../domain/time.js';
import type { KubernetesApi } from './api.js';
import { isConflict } from './api-failure.js';
import { EVENTS } from './resources.js';

/** The API server refuses longer messages. */
const MAX_MESSAGE_LENGTH = 1_024;

/** Writes an Event once: its name follows from what it says, so a repeated step meets its own Event. */
export async function recordEvent(
  api: KubernetesApi,
  { backup, event, nowMs }: { backup: Backup; event: BackupEvent; nowMs: number },
): Promise<void> {
  try {
    await api.create(EVENTS, backup.metadata.namespace, backupEvent({ backup, event, nowMs }));
  } catch (failure) {
    if (!isConflict(failure)) throw failure;
  }
}

function backupEvent({
  backup,
  event,
  nowMs,
}: {
  backup: Backup;
  event: BackupEvent;
  nowMs: number;
}): object {
  const { name, namespace, uid, resourceVersion } = backup.metadata;
  const now = toRfc3339Seconds(nowMs);
  const identity = shortHash(`${uid}/${event.reason}/${event.key}`);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${boundedName(name, 230)}.${identity}`,
      namespace,
      labels: { [OWNER_UID_LABEL]: uid },
    },
    involvedObject: {
      apiVersion: 'pingcap.com/v1alpha1',
      kind: 'Backup',
      name,
      namespace,
      uid,
      resourceVersion,
    },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, MAX_MESSAGE_LENGTH),
    source: { component: 'holdfast' },
    reportingComponent: 'holdfast',
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}
