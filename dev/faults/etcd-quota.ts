import { fetch } from 'undici';
import { z } from 'zod';

/** Quota of an etcd that is there for faults: full within seconds, and far from full in any test. */
export const SMALL_QUOTA_BYTES = 128 * 1024 * 1024;

/** Below etcd's limit of 1.5 MiB for one request. */
const FILLER_BYTES = 1024 * 1024;
const FILLER_KEYS = { first: 'holdfast-filler/', end: 'holdfast-filler0' };
const CALL_TIMEOUT_MS = 30_000;

/** What stays of etcd's quota once `fillEtcd` has been there is less than any object needs. */
export async function fillEtcd(urls: readonly string[]): Promise<void> {
  const url = firstOf(urls);
  const { dbSizeQuota } = Status.parse(await mustCall(url, 'maintenance/status', {}));
  if (dbSizeQuota > SMALL_QUOTA_BYTES)
    throw new Error(
      `etcd's quota of ${dbSizeQuota} bytes is too large to be filled: start it with --quota-backend-bytes of at most ${SMALL_QUOTA_BYTES}`,
    );
  const value = Buffer.alloc(FILLER_BYTES, 'filler').toString('base64');
  for (let written = 0; written * FILLER_BYTES < 2 * dbSizeQuota; written++) {
    const { ok, text } = await call(url, 'kv/put', { key: encoded(`${FILLER_KEYS.first}${written}`), value });
    if (ok) continue;
    if (text.includes('database space exceeded')) return; // from now on etcd refuses every write
    throw new Error(`etcd could not be filled: ${text}`);
  }
  throw new Error(`etcd took twice its quota of ${dbSizeQuota} bytes`);
}

export async function mendEtcd(urls: readonly string[]): Promise<void> {
  const url = firstOf(urls);
  const { first, end } = FILLER_KEYS;
  const deleted = await mustCall(url, 'kv/deleterange', { key: encoded(first), range_end: encoded(end) });
  const { revision } = Deleted.parse(deleted).header;
  await mustCall(url, 'kv/compaction', { revision, physical: true });
  for (const member of urls) await mustCall(member, 'maintenance/defragment', {});
  const { alarms } = Alarms.parse(await mustCall(url, 'maintenance/alarm', { action: 'GET' }));
  for (const alarm of alarms) await mustCall(url, 'maintenance/alarm', { ...alarm, action: 'DEACTIVATE' });
}

// The JSON gateway writes 64-bit numbers as strings, and leaves out what is empty.
const Status = z.object({ dbSizeQuota: z.coerce.number() });
const Deleted = z.object({ header: z.object({ revision: z.string() }) });
const Alarms = z.object({
  alarms: z.array(z.object({ memberID: z.string(), alarm: z.string() })).default([]),
});

function firstOf(urls: readonly string[]): string {
  const [url] = urls;
  if (url === undefined) throw new Error('no etcd runs');
  return url;
}

async function mustCall(url: string, path: string, body: object): Promise<unknown> {
  const { ok, text } = await call(url, path, body);
  if (!ok) throw new Error(`etcd refused ${path}: ${text}`);
  return JSON.parse(text);
}

async function call(url: string, path: string, body: object): Promise<{ ok: boolean; text: string }> {
  const answer = await fetch(`${url}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  return { ok: answer.ok, text: await answer.text() };
}

/** As etcd's JSON gateway spells keys. */
function encoded(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64');
}
