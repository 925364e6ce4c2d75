import type { Backup } from '../domain/backup/backup.js';
import type { ObjectMeta } from '../domain/kubernetes/object-meta.js';
import { OWNER_UID_LABEL } from '../domain/labels.js';
import { boundedName, shortHash } from '../domain/names.js';
import type { RestoreEvent } from '../domain/replication/restore-events.js';
import type { Restore } from '../domain/replication/restore.js';
import type { BackupEvent } from '../domain/retry/events.js';
import { toRfc3339Seconds } from '../domain/time.js';
import type { KubernetesApi } from './api.js';
import { isConflict } from './api-failure.js';
import type { RecentSet } from './recent-set.js';
import { EVENTS } from './resources.js';

/** The API server refuses longer messages. */
const MAX_MESSAGE_LENGTH = 1_024;

/** One Event on a custom resource. `key` makes its name: the same step, repeated, writes the same Event. */
interface ObjectEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly key: string;
}

/** An Event that was written: its reason, and the kind of its object in lower case. */
export interface WrittenEvent {
  readonly reason: string;
  readonly object: string;
}

/** Where Events are written. */
export interface EventSink {
  readonly api: KubernetesApi;
  /** Told of every Event that was not there before. */
  readonly onEvent?: (event: WrittenEvent) => void;
}

interface EventOn {
  readonly kind: 'Backup' | 'Restore';
  readonly metadata: ObjectMeta;
  readonly event: ObjectEvent;
  readonly nowMs: number;
}

export function recordEvent(
  sink: EventSink,
  { backup: { metadata }, event, nowMs }: { backup: Backup; event: BackupEvent; nowMs: number },
): Promise<void> {
  return recordOnce(sink, { kind: 'Backup', metadata, event, nowMs });
}

/** @param told names of Events that this process has written: they are not tried again */
export async function recordRestoreEvents(
  sink: EventSink,
  {
    restore: { metadata },
    events,
    told,
    nowMs,
  }: { restore: Restore; events: readonly RestoreEvent[]; told: RecentSet; nowMs: number },
): Promise<void> {
  for (const event of events) {
    const on: EventOn = { kind: 'Restore', metadata, event, nowMs };
    const name = eventName(on);
    if (told.has(name)) continue;
    await recordOnce(sink, on);
    told.add(name);
  }
}

/** Writes an Event once: its name follows from what it says, so a repeated step meets its own Event. */
async function recordOnce({ api, onEvent }: EventSink, on: EventOn): Promise<void> {
  try {
    await api.create(EVENTS, on.metadata.namespace, eventObject(on));
    onEvent?.({ reason: on.event.reason, object: on.kind.toLowerCase() });
  } catch (failure) {
    if (!isConflict(failure)) throw failure;
  }
}

function eventName({ metadata: { name, uid }, event }: Pick<EventOn, 'metadata' | 'event'>): string {
  return `${boundedName(name, 230)}.${shortHash(`${uid}/${event.reason}/${event.key}`)}`;
}

function eventObject({ kind, metadata, event, nowMs }: EventOn): object {
  const { name, namespace, uid, resourceVersion } = metadata;
  const now = toRfc3339Seconds(nowMs);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: eventName({ metadata, event }),
      namespace,
      labels: { [OWNER_UID_LABEL]: uid },
    },
    involvedObject: { apiVersion: 'pingcap.com/v1alpha1', kind, name, namespace, uid, resourceVersion },
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
