import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { Pod } from '../../src/domain/kubernetes/pod.js';
import { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import { Restore } from '../../src/domain/replication/restore.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { listAndWatch, type WatchHandlers } from '../../src/kubernetes/list-and-watch.js';
import {
  BACKUPS,
  COMPACT_BACKUPS,
  EVENTS,
  JOBS,
  PODS,
  RESTORES,
  type ResourceType,
} from '../../src/kubernetes/resources.js';
import { SeenEvent, type Observation } from './observation.js';

export interface FeedOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly onObservation: (observation: Observation) => void;
  readonly signal: AbortSignal;
}

export interface ClusterFeed {
  /** Resolves after `signal`; rejects when something cannot be watched. */
  readonly ended: Promise<void>;
}

/** Whose Events are told. */
const KINDS: readonly string[] = [BACKUPS, RESTORES, COMPACT_BACKUPS].map(({ kind }) => kind);

/** Watches Backups, Restores, CompactBackups, their Events, Jobs and Pods; resolves when all of them are being watched. */
export async function openClusterFeed(options: FeedOptions): Promise<ClusterFeed> {
  const { onObservation } = options;
  const atMs = () => Date.now();
  const watches = [
    watch(options, BACKUPS, (object) =>
      onObservation({ kind: 'backup', atMs: atMs(), backup: Backup.parse(object) }),
    ),
    watch(options, RESTORES, (object) =>
      onObservation({ kind: 'restore', atMs: atMs(), restore: Restore.parse(object) }),
    ),
    watch(options, COMPACT_BACKUPS, (object) =>
      onObservation({ kind: 'compaction', atMs: atMs(), compactBackup: CompactBackup.parse(object) }),
    ),
    watch(options, JOBS, (object, deleted) =>
      onObservation({ kind: 'job', atMs: atMs(), job: Job.parse(object), deleted }),
    ),
    watch(options, PODS, (object, deleted) => {
      if (!deleted) onObservation({ kind: 'pod', atMs: atMs(), pod: Pod.parse(object) });
    }),
    watch(options, EVENTS, (object, deleted) => {
      const event = SeenEvent.parse(object);
      if (!deleted && KINDS.includes(event.involvedObject.kind))
        onObservation({ kind: 'event', atMs: atMs(), event });
    }),
  ];
  const ended = Promise.all(watches.map((one) => one.ended)).then(() => undefined);
  await Promise.race([Promise.all(watches.map((one) => one.listed)), ended]);
  return { ended };
}

function watch(
  { api, namespace, signal }: FeedOptions,
  resource: ResourceType,
  onObject: (object: unknown, deleted: boolean) => void,
): { listed: Promise<void>; ended: Promise<void> } {
  let resolveListed: () => void = () => undefined;
  const listed = new Promise<void>((resolve) => (resolveListed = resolve));
  const handlers: WatchHandlers = {
    onList: (items, { last }) => {
      for (const item of items) onObject(item, false);
      if (last) resolveListed();
    },
    onChange: ({ type, object }) => onObject(object, type === 'deleted'),
    onAlive: () => undefined,
  };
  return { listed, ended: listAndWatch(api, { target: { resource, namespace }, handlers, signal }) };
}
