import { z } from 'zod';
import { versionOf as storedVersionOf, watchEtcd, type StoredChange } from '../../bench/crash/etcd-watch.js';
import type { KubeClient } from '../../dev/node-agent/kube-client.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { Restore } from '../../src/domain/replication/restore.js';
import { waitFor } from './wait-for.js';

/** One version of an object, as a watch showed it. Revisions are etcd's: they order writes to different objects. */
export interface Version<T> {
  readonly revision: number;
  readonly deleted: boolean;
  readonly object: T;
}

const BackupEvent = z.looseObject({
  metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }),
  involvedObject: z.looseObject({ kind: z.string(), name: z.string(), uid: z.string().optional() }),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  count: z.number().optional(),
});
type BackupEvent = z.infer<typeof BackupEvent>;

/** Everything that happened to Backups, Restores, Jobs and Events of one namespace since its start; nothing is forgotten. */
export interface ClusterJournal {
  /** All versions of the Backups of this name, oldest first. */
  backups(name: string): readonly Version<Backup>[];
  restores(name: string): readonly Version<Restore>[];
  /** All versions of the Jobs of this name, whatever their UID. */
  jobs(name: string): readonly Version<Job>[];
  /** Every write of an Event on the Backup of this name: one entry for each that is written once. */
  events(backup: string): readonly BackupEvent[];
  restoreEvents(restore: string): readonly BackupEvent[];
  stop(): void;
}

const WatchLine = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED']),
  object: z.looseObject({ metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }) }),
});

/** Begins to watch; resolves when all watches are open. What exists by then is in the journal too. */
export async function startJournal(client: KubeClient, namespace: string): Promise<ClusterJournal> {
  const abort = new AbortController();
  const record = <T>(path: string, schema: z.ZodType<T>) =>
    recordVersions({ client, path, schema, signal: abort.signal });
  const [backups, restores, jobs, events] = await Promise.all([
    record(`/apis/pingcap.com/v1alpha1/namespaces/${namespace}/backups`, Backup),
    record(`/apis/pingcap.com/v1alpha1/namespaces/${namespace}/restores`, Restore),
    record(`/apis/batch/v1/namespaces/${namespace}/jobs`, Job),
    record(`/api/v1/namespaces/${namespace}/events`, BackupEvent),
  ]);
  return journalOf({ backups, restores, jobs, events }, () => abort.abort());
}

/**
 * The same from etcd itself, which goes on where it was when the API server was killed. Needs an API server with
 * `READABLE_ETCD`.
 */
export function startEtcdJournal(url: string, namespace: string): ClusterJournal {
  const abort = new AbortController();
  const records: Records = { backups: [], restores: [], jobs: [], events: [] };
  const take = (change: StoredChange): void => {
    if (change.key.startsWith(`/registry/pingcap.com/backups/${namespace}/`))
      records.backups.push(storedVersionOf(change, Backup));
    else if (change.key.startsWith(`/registry/pingcap.com/restores/${namespace}/`))
      records.restores.push(storedVersionOf(change, Restore));
    else if (change.key.startsWith(`/registry/jobs/${namespace}/`))
      records.jobs.push(storedVersionOf(change, Job));
    else if (change.key.startsWith(`/registry/events/${namespace}/`))
      records.events.push(storedVersionOf(change, BackupEvent));
  };
  void watchEtcd({ url, signal: abort.signal, take });
  return journalOf(records, () => abort.abort());
}

interface Records {
  readonly backups: Version<Backup>[];
  readonly restores: Version<Restore>[];
  readonly jobs: Version<Job>[];
  readonly events: Version<BackupEvent>[];
}

function journalOf({ backups, restores, jobs, events }: Records, stop: () => void): ClusterJournal {
  const eventsOn = (kind: string, name: string): BackupEvent[] =>
    events
      .map(({ object }) => object)
      .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name);
  return {
    backups: (name) => backups.filter(({ object }) => object.metadata.name === name),
    jobs: (name) => jobs.filter(({ object }) => object.metadata.name === name),
    restores: (name) => restores.filter(({ object }) => object.metadata.name === name),
    events: (backup) => eventsOn('Backup', backup),
    restoreEvents: (restore) => eventsOn('Restore', restore),
    stop,
  };
}

interface Recording<T> {
  readonly client: KubeClient;
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}

async function recordVersions<T>({ client, path, schema, signal }: Recording<T>): Promise<Version<T>[]> {
  const versions: Version<T>[] = [];
  // The API server refuses watches of a kind whose CRD is brand new, and all of them while it is down.
  const open = () =>
    waitFor(`the watch of ${path} opens`, () => {
      const from = versions.at(-1)?.revision;
      const query = from === undefined ? 'watch=1' : `watch=1&resourceVersion=${from}`;
      return client.stream(`${path}?${query}`, signal);
    });
  const first = await open();
  void (async () => {
    for (let stream = first; ; stream = await open()) {
      await readLines(stream, (line) => versions.push(versionOf(line, schema)));
      if (signal.aborted) return;
    }
  })();
  return versions;
}

function versionOf<T>(line: string, schema: z.ZodType<T>): Version<T> {
  const { type, object } = WatchLine.parse(JSON.parse(line));
  return {
    revision: Number(object.metadata.resourceVersion),
    deleted: type === 'DELETED',
    object: schema.parse(object),
  };
}

/** Resolves when the stream ends, however it ends: the next one goes on where it was. */
async function readLines(stream: AsyncIterable<string>, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  const read = async () => {
    for await (const chunk of stream) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) onLine(line);
    }
  };
  await read().catch((failure: unknown) => {
    if (failure instanceof z.ZodError || failure instanceof SyntaxError) throw failure;
  });
}
