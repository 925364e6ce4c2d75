import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import type { Version } from './version.js';

/** Of an API server whose history is to be read from etcd: it stores JSON and never compacts. */
export const READABLE_ETCD = ['--storage-media-type=application/json', '--etcd-compaction-interval=0'];

const REOPEN_DELAY_MS = 100;

const KeyValue = z.object({ key: z.string(), mod_revision: z.coerce.number(), value: z.string().optional() });
const WatchAnswer = z.object({
  result: z.object({
    canceled: z.boolean().optional(),
    events: z
      .array(z.object({ type: z.string().optional(), kv: KeyValue, prev_kv: KeyValue.optional() }))
      .default([]),
  }),
});

/** One write of one key. */
export interface StoredChange {
  readonly key: string;
  readonly revision: number;
  readonly deleted: boolean;
  /** What was written; of a deletion, what was there before. */
  readonly value: string;
}

export interface EtcdWatch {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly take: (change: StoredChange) => void;
}

/**
 * Reads all that is stored from etcd itself, from the first write on: a watch of the API server ends with it and cannot
 * go on where it was, because a fresh one does not know old revisions. Goes on until the signal aborts, also after etcd
 * was away. @throws for what cannot be understood
 */
export async function watchEtcd({ url, signal, take }: EtcdWatch): Promise<void> {
  let revision = 0;
  const onLine = (line: string) => {
    if (line === '') return;
    const { canceled, events } = WatchAnswer.parse(JSON.parse(line)).result;
    if (canceled === true) throw new Error(`etcd ended the watch: ${line}`);
    for (const { type, kv, prev_kv } of events) {
      const deleted = type === 'DELETE';
      const value = decode((deleted ? prev_kv : kv)?.value ?? '');
      take({ key: decode(kv.key), revision: kv.mod_revision, deleted, value });
      revision = Math.max(revision, kv.mod_revision);
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
  const everything = { key: encodeKey('\0'), range_end: encodeKey('\0') };
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

const StoredObject = z.looseObject({ metadata: z.looseObject({}) });

/** The revision is not part of what is stored. */
export function versionOf<T>({ revision, deleted, value }: StoredChange, schema: z.ZodType<T>): Version<T> {
  const stored = StoredObject.parse(JSON.parse(value));
  const metadata = { ...stored.metadata, resourceVersion: String(revision) };
  return { revision, deleted, object: schema.parse({ ...stored, metadata }) };
}

/** As etcd's JSON gateway spells keys and values. */
export function encodeKey(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
