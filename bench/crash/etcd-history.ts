import { request } from 'undici';
import { waitUntil } from '../../dev/processes/readiness.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { jobNameOf } from '../retry/manifests.js';
import { encodeKey, versionOf, watchEtcd, type StoredChange } from './etcd-watch.js';
import type { IncidentHistory } from './invariants.js';
import { BackupEvent, type Version } from './version.js';

const CAUGHT_UP_TIMEOUT_MS = 30_000;

/** What etcd stored, from the first write on: nothing is missed, whatever was killed between. */
export interface EtcdHistory {
  of(backup: string): IncidentHistory;
  /** The Backup as it is now; `undefined` where there is none. */
  latest(backup: string): Backup | undefined;
  /** Resolves when all that is stored by now has been read. @throws when it has not within 30 s, or cannot be read */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** The history of one namespace, see `watchEtcd`. */
export function readEtcdHistory({ url, namespace }: { url: string; namespace: string }): EtcdHistory {
  const abort = new AbortController();
  const stored = createStored(namespace);
  const watching = watchEtcd({ url, signal: abort.signal, take: stored.take });
  let broken: unknown;
  watching.catch((failure: unknown) => (broken = failure));
  let markers = 0;
  return {
    of: stored.of,
    latest: (backup) => {
      const last = stored.of(backup).backups.at(-1);
      return last === undefined || last.deleted ? undefined : last.object;
    },
    caughtUp: async () => {
      const marker = `holdfast-marker/${(markers += 1)}`;
      await put(url, marker);
      await waitUntil({
        what: 'the history of etcd was not read',
        timeoutMs: CAUGHT_UP_TIMEOUT_MS,
        attempt: () =>
          broken === undefined ? Promise.resolve(stored.has(marker)) : watching.then(() => true),
      });
    },
    stop: async () => {
      abort.abort();
      await watching.catch(() => undefined); // told by caughtUp
    },
  };
}

interface Stored {
  take(change: StoredChange): void;
  has(marker: string): boolean;
  of(backup: string): IncidentHistory;
}

function createStored(namespace: string): Stored {
  const backups = new Map<string, Version<Backup>[]>();
  const jobs = new Map<string, Version<Job>[]>();
  const events = new Map<string, Version<BackupEvent>[]>();
  const markers = new Set<string>();
  const take = (change: StoredChange) => {
    const { key } = change;
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (key.startsWith('holdfast-marker/')) markers.add(key);
    else if (key === `/registry/pingcap.com/backups/${namespace}/${name}`)
      push(backups, name, versionOf(change, Backup));
    else if (key === `/registry/jobs/${namespace}/${name}`) push(jobs, name, versionOf(change, Job));
    else if (key === `/registry/events/${namespace}/${name}`) {
      const version = versionOf(change, BackupEvent);
      const { kind, name: backup } = version.object.involvedObject;
      if (kind === 'Backup') push(events, backup, version);
    }
  };
  return {
    take,
    has: (marker) => markers.has(marker),
    of: (name) => ({
      backups: backups.get(name) ?? [],
      jobs: jobs.get(jobNameOf(name)) ?? [],
      events: events.get(name) ?? [],
    }),
  };
}

function push<T>(all: Map<string, T[]>, name: string, version: T): void {
  const own = all.get(name);
  if (own === undefined) all.set(name, [version]);
  else own.push(version);
}

async function put(url: string, key: string): Promise<void> {
  const body = JSON.stringify({ key: encodeKey(key), value: encodeKey('read so far') });
  const answer = await request(`${url}/v3/kv/put`, { method: 'POST', body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd refused a marker: ${answer.statusCode} ${text}`);
}
