import { Readable } from 'node:stream';
import type { KubernetesApi, ListQuery } from '../../src/kubernetes/api.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import {
  objectPath,
  collectionPath,
  type ObjectReference,
  type ResourceType,
} from '../../src/kubernetes/resources.js';

type Json = { [key: string]: unknown };

/** An API server in memory: enough of one for the activities, with conflicts, preconditions and merge patches. */
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
  const failure = (status: number, message: string) => new ApiFailure({ operation: 'call', status, message });
  const all = (resource: ResourceType, namespace?: string): Json[] => {
    const prefix = namespace === undefined ? '' : collectionPath(resource, namespace);
    return [...objects].flatMap(([path, object]) =>
      path.startsWith(prefix) && path.includes(`/${resource.plural}/`) ? [object] : [],
    );
  };

  const api: KubernetesApi = {
    get: async (reference) => copy(objects.get(objectPath(reference))),
    list: async (resource, query: ListQuery = {}) => ({
      metadata: { resourceVersion: String(version) },
      items: all(resource, query.namespace).map(copy),
    }),
    create: async (resource, namespace, body) => {
      const object = json(body);
      const path = pathOf(resource, { ...object, metadata: { ...record(object['metadata']), namespace } });
      if (objects.has(path)) throw failure(409, `${path} already exists`);
      const stored = store(resource, object);
      tell('create', resource, stored);
      return copy(stored);
    },
    mergePatch: async (reference, patch) => {
      const old = objects.get(objectPath(reference));
      if (old === undefined) throw failure(404, 'not found');
      const change = json(patch);
      const expected = record(change['metadata'])['resourceVersion'];
      if (expected !== undefined && expected !== record(old['metadata'])['resourceVersion']) {
        throw failure(409, 'the object has been modified');
      }
      const stored = store(reference.resource, merged(old, change));
      tell('patch', reference.resource, stored);
      return copy(stored);
    },
    delete: async (reference, { uid }) => {
      const old = objects.get(objectPath(reference));
      if (old === undefined) return false;
      if (record(old['metadata'])['uid'] !== uid) throw failure(409, 'precondition failed');
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
