import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  LEDGER_FOLDER,
  LedgerEntry,
  ledgerOf,
  type Ledger,
  type StoredEntry,
} from '../domain/drill/ledger.js';
import type { ObjectStore, StoredObject } from './object-store.js';
import { parsedJson } from './parsed-json.js';

const MAX_ENTRY_BYTES = 64 * 1024;
const READS_AT_ONCE = 16;

interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Reads a log again and again. */
export interface LedgerFollower {
  /**
   * The whole log, and where its chain does not hold. An entry is read once, and again where its object has changed; a
   * read that was cut short is gone on with by the next one. One at a time.
   * @throws StoreFailure
   */
  read(options?: ReadOptions): Promise<Ledger>;
}

/** @param options.prefix of the plan's ledger, or of its store; ends in `/`, or is empty */
export function createLedgerFollower({
  store,
  prefix,
}: {
  store: ObjectStore;
  prefix: string;
}): LedgerFollower {
  const known = new Map<string, { readonly version: string; readonly entry: StoredEntry }>();
  return {
    read: async (given = {}) => {
      const options = { signal: given.signal && ofManyReads(given.signal) };
      const objects = await listLog(store, logFolder(prefix), options);
      const changed = objects.filter((object) => known.get(object.key)?.version !== versionOf(object));
      for (let from = 0; from < changed.length; from += READS_AT_ONCE) {
        const some = changed.slice(from, from + READS_AT_ONCE);
        const entries = await Promise.all(some.map(({ key }) => readEntry(store, key, options)));
        for (const [index, object] of some.entries()) {
          const entry = entries[index];
          if (entry !== undefined) known.set(object.key, { version: versionOf(object), entry });
        }
      }
      const listed = new Set(objects.map(({ key }) => key));
      for (const key of known.keys()) if (!listed.has(key)) known.delete(key);
      return ledgerOf(objects.flatMap(({ key }) => known.get(key)?.entry ?? []));
    },
  };
}

export function logFolder(prefix: string): string {
  return `${prefix}${LEDGER_FOLDER}log/`;
}

/** The objects of the log, in its order. */
export async function listLog(
  store: ObjectStore,
  folder: string,
  options: ReadOptions = {},
): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of store.list(folder, options)) {
    if (/^\d{10}\.json$/.test(object.key.slice(folder.length))) objects.push(object);
  }
  return objects.sort((a, b) => (a.key < b.key ? -1 : 1));
}

export async function readEntry(
  store: ObjectStore,
  key: string,
  options: ReadOptions = {},
): Promise<StoredEntry> {
  const text = (await store.readText(key, MAX_ENTRY_BYTES, options))?.text ?? '';
  const digest = createHash('sha256').update(text).digest('hex');
  return { key, digest, entry: LedgerEntry.safeParse(parsedJson(text)).data };
}

/** Node warns of more than ten listeners, which it takes for a leak. */
function ofManyReads(signal: AbortSignal): AbortSignal {
  const own = AbortSignal.any([signal]);
  setMaxListeners(0, own);
  return own;
}

/** Not every store gives ETags in its lists. */
function versionOf({ etag, sizeBytes, lastModifiedMs }: StoredObject): string {
  return `${etag}/${sizeBytes}/${lastModifiedMs}`;
}
