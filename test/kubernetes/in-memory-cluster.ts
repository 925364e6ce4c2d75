import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesApi, ListQuery } from '../../src/kubernetes/api.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import {
  objectPath,
  collectionPath,
  type ObjectReference,
  type ResourceType,
} from '../../src/kubernetes/resources.js';

type Json = { [key: string]: unknown };

/**
 * An API server in memory: enough of one for the activities, with conflicts, preconditions and merge patches.
 * api.contract.test.ts holds it to the real one.
 */
export interface InMemoryCluster {
  readonly api: KubernetesApi;
  put(resource: ResourceType, object: Json): void;
  read(reference: ObjectReference): Json | undefined;
  all(resource: ResourceType): Json[];
  /** Called after each successful write. */
  onWrite(listener: (verb: string, resource: ResourceType, object: Json) => void): void;
}

export function createInMemoryCluster(): InMemoryCluster {
  const objects = new Map<string, Json>();
  const listeners: ((verb: string, resource: ResourceType, object: Json) => void)[] = [];
  let version = 0;

  const store = (resource: ResourceType, object: Json): Json => {
    version += 1;
    const { metadata, ...rest } = object;
    const stored = {
      ...rest,
      metadata: {
        uid: `uid-${version}`,
        creationTimestamp: '2026-11-21T10:00:00Z',
        ...record(metadata),
        resourceVersion: String(version),
      },
    };
    objects.set(pathOf(resource, stored), stored);
    return stored;
  };
  const tell = (verb: string, resource: ResourceType, object: Json): void => {
    for (const listener of listeners) listener(verb, resource, object);
  };
  const all = (resource: ResourceType, { namespace, labelSelector }: ListQuery = {}): Json[] => {
    const prefix = namespace === undefined ? '' : `${collectionPath(resource, namespace)}/`;
    return [...objects]
      .filter(([path]) => path.startsWith(prefix) && path.includes(`/${resource.plural}/`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter((object) => isSelected(object, labelSelector));
  };

  const api: KubernetesApi = {
    get: async (reference) => copy(objects.get(objectPath(reference))),
    list: async (resource, query = {}) => {
      const found = all(resource, query);
      const from = Number(query.continue ?? 0);
      const to = from + (query.limit ?? found.length);
      const next = to < found.length ? { continue: String(to) } : {};
      return {
        metadata: { resourceVersion: String(version), ...next },
        items: found.slice(from, to).map(copy),
      };
    },
    create: async (resource, namespace, body, { dryRun = false } = {}) => {
      const given = json(body);
      const object = { ...given, metadata: { ...record(given['metadata']), namespace } };
      const path = pathOf(resource, object);
      if (objects.has(path)) throw failure(409, `${path} already exists`);
      if (dryRun) return object;
      const stored = store(resource, object);
      tell('create', resource, stored);
      return copy(stored);
    },
    mergePatch: async (reference, patch) => {
      const old = objects.get(objectPath(reference));
      if (old === undefined) throw failure(404, 'not found');
      const change = json(patch);
      const { uid, resourceVersion } = record(change['metadata']);
      assertSame(old, { resourceVersion });
      if (uid !== undefined && uid !== record(old['metadata'])['uid'])
        throw failure(422, 'metadata.uid: field is immutable');
      const next = merged(old, change);
      if (isDeepStrictEqual(next, old)) return copy(old);
      const stored = store(reference.resource, next);
      tell('patch', reference.resource, stored);
      return copy(stored);
    },
    delete: async (reference, { uid, resourceVersion }) => {
      const old = objects.get(objectPath(reference));
      if (old === undefined) return false;
      assertSame(old, { uid, resourceVersion });
      objects.delete(objectPath(reference));
      tell('delete', reference.resource, old);
      return true;
    },
    openWatch: async () => Readable.from([]),
    podLog: async () => undefined,
  };
  return {
    api,
    put: (resource, object) => void store(resource, object),
    read: (reference) => copy(objects.get(objectPath(reference))),
    all: (resource) => all(resource),
    onWrite: (listener) => void listeners.push(listener),
  };
}

function failure(status: number, message: string): ApiFailure {
  return new ApiFailure({ operation: 'call', status, message });
}

/** Version and UID, where they are named, must be those of the object as it is. */
function assertSame(object: Json, { uid, resourceVersion }: Json): void {
  const metadata = record(object['metadata']);
  if (resourceVersion !== undefined && resourceVersion !== metadata['resourceVersion']) {
    throw failure(409, 'the object has been modified');
  }
  if (uid !== undefined && uid !== metadata['uid']) throw failure(409, 'precondition failed: UID');
}

/** Equality only: `a=1,b=2`. */
function isSelected(object: Json, labelSelector: string | undefined): boolean {
  if (labelSelector === undefined) return true;
  const labels = record(record(object['metadata'])['labels']);
  return labelSelector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    return labels[key] === value;
  });
}

/** RFC 7386. */
function merged(old: Json, patch: Json): Json {
  const result: Json = { ...old };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isRecord(value)) result[key] = merged(record(result[key]), value);
    else result[key] = value;
  }
  return result;
}

function pathOf(resource: ResourceType, object: Json): string {
  const { namespace, name } = record(object['metadata']);
  return objectPath({ resource, namespace: String(namespace), name: String(name) });
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function json(value: object): Json {
  return record(JSON.parse(JSON.stringify(value)));
}

function copy<T>(value: T): T {
  return structuredClone(value);
}
