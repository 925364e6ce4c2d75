import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { StoreFailure, type ObjectStore, type StoredObject } from '../../../src/storage/object-store.js';

/** A bucket in memory, with the conditions of a real one. */
export interface InMemoryStore extends ObjectStore {
  put(key: string, text: string): void;
  keys(): string[];
  text(key: string): string | undefined;
}

export function createInMemoryStore(): InMemoryStore {
  const objects = new Map<string, string>();
  const etagOf = (text: string) => createHash('md5').update(text).digest('hex');
  const stored = (key: string, text: string): StoredObject => ({
    key,
    sizeBytes: Buffer.byteLength(text),
    etag: etagOf(text),
    lastModifiedMs: 0,
  });
  const below = (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    put: (key, text) => void objects.set(key, text),
    keys: () => below(''),
    text: (key) => objects.get(key),
    list: async function* (prefix) {
      for (const key of below(prefix)) yield stored(key, objects.get(key) ?? '');
    },
    folders: async function* (prefix) {
      const inside = below(prefix).filter((key) => key.slice(prefix.length).includes('/'));
      yield* new Set(inside.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)));
    },
    read: async (key) => {
      const text = objects.get(key);
      return text === undefined
        ? undefined
        : { body: Readable.from([Buffer.from(text)]), object: stored(key, text) };
    },
    readText: async (key) => {
      const text = objects.get(key);
      return text === undefined ? undefined : { text, etag: etagOf(text) };
    },
    writeText: async (key, { text }, condition) => {
      const there = objects.get(key);
      const holds =
        condition === undefined ||
        ('ifAbsent' in condition
          ? there === undefined
          : there !== undefined && etagOf(there) === condition.ifMatch);
      if (!holds) throw new StoreFailure('Conflict', `${key}: the condition does not hold`);
      objects.set(key, text);
      return { etag: etagOf(text) };
    },
    close: () => undefined,
  };
}
