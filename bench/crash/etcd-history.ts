import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import { waitUntil } from '../../dev/processes/readiness.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { jobNameOf } from '../retry/manifests.js';
import type { IncidentHistory } from './invariants.js';
import { BackupEvent, type Version } from './version.js';

const REOPEN_DELAY_MS = 100;
const CAUGHT_UP_TIMEOUT_MS = 30_000;

const KeyValue = z.object({ key: z.string(), mod_revision: z.coerce.number(), value: z.string().optional() });
const WatchAnswer = z.object({
  result: z.object({
    canceled: z.boolean().optional(),
    events: z
      .array(z.object({ type: z.string().optional(), kv: KeyValue, prev_kv: KeyValue.optional() }))
      .default([]),
  }),
});
type WatchEvent = z.infer<typeof WatchAnswer>['result']['events'][number];

/** What etcd stored, from the first write on: nothing is missed, whatever was killed between. */
export interface EtcdHistory {
  of(backup: string): IncidentHistory;
  /** The Backup as it is now; `undefined` where there is none. */
  latest(backup: string): Backup | undefined;
  /** Resolves when all that is stored by now has been read. @throws when it has not within 30 s, or cannot be read */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Reads the history of one namespace from etcd itself: a watch of the API server ends with it and cannot go on where it
 * was, because a fresh one does not know old revisions. Needs an API server that stores JSON and never compacts.
 */
export function readEtcdHistory({ url, namespace }: { url: string; namespace: string }): EtcdHistory {
  const abort = new AbortController();
  const stored = createStored(namespace);
  const watching = watchAll({ url, signal: abort.signal, take: stored.take });
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
  take(event: WatchEvent): void;
  has(marker: string): boolean;
  of(backup: string): IncidentHistory;
}

function createStored(namespace: string): Stored {
  const backups = new Map<string, Version<Backup>[]>();
  const jobs = new Map<string, Version<Job>[]>();
  const events = new Map<string, Version<BackupEvent>[]>();
  const markers = new Set<string>();
  const take = (event: WatchEvent) => {
    const key = decode(event.kv.key);
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (key.startsWith('holdfast-marker/')) markers.add(key);
    else if (key === `/registry/pingcap.com/backups/${namespace}/${name}`)
      push(backups, name, versionOf(event, Backup));
    else if (key === `/registry/jobs/${namespace}/${name}`) push(jobs, name, versionOf(event, Job));
    else if (key === `/registry/events/${namespace}/${name}`) {
      const version = versionOf(event, BackupEvent);
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

const StoredObject = z.looseObject({ metadata: z.looseObject({}) });

/** The revision is not part of what is stored. */
function versionOf<T>({ type, kv, prev_kv }: WatchEvent, schema: z.ZodType<T>): Version<T> {
  const deleted = type === 'DELETE';
  const stored = StoredObject.parse(JSON.parse(decode((deleted ? prev_kv : kv)?.value ?? '')));
  const metadata = { ...stored.metadata, resourceVersion: String(kv.mod_revision) };
  return { revision: kv.mod_revision, deleted, object: schema.parse({ ...stored, metadata }) };
}

interface Watching {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly take: (event: WatchEvent) => void;
}

/** Until the signal aborts; goes on after the last revision read. @throws for what cannot be understood */
async function watchAll({ url, signal, take }: Watching): Promise<void> {
  let revision = 0;
  const onLine = (line: string) => {
    if (line === '') return;
    const { canceled, events } = WatchAnswer.parse(JSON.parse(line)).result;
    if (canceled === true) throw new Error(`etcd ended the watch: ${line}`);
    for (const event of events) {
      take(event);
      revision = Math.max(revision, event.kv.mod_revision);
    }
  };
  while (!signal.aborted) {
    // The next watch repeats the last revision when it was cut in the middle; no transaction here writes two keys.
    const lines = linesOf(url, { from: revision + 1, signal });
    for (;;) {
      const next = await lines.next().catch(() => undefined); // etcd is away: that is what is tried here
      if (next === undefined || next.done === true) break;
      onLine(next.value);
    }
    if (!signal.aborted) await delay(REOPEN_DELAY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* linesOf(
  url: string,
  { from, signal }: { from: number; signal: AbortSignal },
): AsyncGenerator<string, void> {
  const everything = { key: encode('\0'), range_end: encode('\0') };
  const answer = await request(`${url}/v3/watch`, {
    method: 'POST',
    body: JSON.stringify({
      create_request: { ...everything, start_revision: String(from), prev_kv: true },
    }),
    signal,
    bodyTimeout: 0,
  });
  let rest = '';
  for await (const chunk of answer.body.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

async function put(url: string, key: string): Promise<void> {
  const body = JSON.stringify({ key: encode(key), value: encode('read so far') });
  const answer = await request(`${url}/v3/kv/put`, { method: 'POST', body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd refused a marker: ${answer.statusCode} ${text}`);
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
