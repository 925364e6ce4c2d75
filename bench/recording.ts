import type { ObjectMeta } from '../src/domain/kubernetes/object-meta.js';
import type { KubernetesApi } from '../src/kubernetes/api.js';
import { listAndWatch } from '../src/kubernetes/list-and-watch.js';
import type { ResourceType } from '../src/kubernetes/resources.js';
import { nowMs } from './machine.js';

/** One version of an object as a watch showed it. Revisions are etcd's: they order writes to different objects. */
export interface SeenVersion<T> {
  /** When its event arrived here, epoch milliseconds. */
  readonly atMs: number;
  readonly revision: number;
  readonly deleted: boolean;
  readonly object: T;
}

interface Recording<T> {
  readonly api: KubernetesApi;
  readonly signal: AbortSignal;
  readonly namespace: string;
  readonly resource: ResourceType;
  readonly parse: (object: unknown) => T;
}

/** All that a watch has shown of one kind so far. */
export interface Recorded<T> {
  /** Resolves when the kind is being watched. */
  readonly listed: Promise<void>;
  /** Resolves after `signal`; rejects when the kind cannot be watched any more. */
  readonly ended: Promise<void>;
  /** All versions of the objects of this name, oldest first, whatever their UID. */
  versions(name: string): readonly SeenVersion<T>[];
}

/** Keeps every version of the objects of one kind in one namespace, from now on. */
export function recordKind<T extends { readonly metadata: ObjectMeta }>({
  api,
  signal,
  namespace,
  resource,
  parse,
}: Recording<T>): Recorded<T> {
  const byName = new Map<string, SeenVersion<T>[]>();
  const keep = (object: unknown, deleted: boolean): void => {
    const atMs = nowMs(); // before the work of parsing
    const parsed = parse(object);
    const { name, resourceVersion } = parsed.metadata;
    const versions = byName.get(name) ?? [];
    byName.set(name, versions);
    versions.push({ atMs, revision: Number(resourceVersion), deleted, object: parsed });
  };
  let resolveListed: () => void = () => undefined;
  const listed = new Promise<void>((resolve) => (resolveListed = resolve));
  const handlers = {
    onList: (items: readonly unknown[], { last }: { last: boolean }) => {
      for (const item of items) keep(item, false);
      if (last) resolveListed();
    },
    onChange: ({ type, object }: { type: 'changed' | 'deleted'; object: unknown }) =>
      keep(object, type === 'deleted'),
    onAlive: () => undefined,
  };
  const ended = listAndWatch(api, { target: { resource, namespace }, handlers, signal });
  return { listed, ended, versions: (name) => byName.get(name) ?? [] };
}
