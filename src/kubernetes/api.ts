import type { Readable } from 'node:stream';
import { answerOf, sendCall, type Call } from './api-call.js';
import { isNotFound } from './api-failure.js';
import type { KubernetesConnection } from './connection.js';
import { callOnce, type RetryCarrier } from './retried-call.js';
import { collectionPath, objectPath, PODS, type ObjectReference, type ResourceType } from './resources.js';

export interface ListQuery {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Page size; absent = everything in one answer. */
  readonly limit?: number;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string;
}

/**
 * Lists from the API server's cache, which is some milliseconds old: a live list keeps the caller waiting for up to
 * 100 ms until the cache has caught up.
 */
export const FROM_CACHE = { resourceVersion: '0' } as const;

export interface DeleteQuery {
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background';
  /** 0 forgets a pod without a word from its kubelet; absent = the object's own. */
  readonly gracePeriodSeconds?: number;
}

export interface CreateOptions {
  /** The API server judges the object as it would, admission and quota included, and stores nothing. */
  readonly dryRun?: boolean;
}

/** Raw calls: JSON in, JSON out, nothing dropped, every failure an `ApiFailure`. Callers parse what they read. */
export interface KubernetesApi {
  /** `undefined` where it does not exist. */
  get(reference: ObjectReference): Promise<unknown>;
  list(resource: ResourceType, query?: ListQuery): Promise<unknown>;
  create(
    resource: ResourceType,
    namespace: string | undefined,
    body: object,
    options?: CreateOptions,
  ): Promise<unknown>;
  /** JSON merge patch (RFC 7386); arrays replace. Put `metadata.resourceVersion` in to refuse a stale write. */
  mergePatch(reference: ObjectReference, patch: object): Promise<unknown>;
  /** `false` where it was gone already. */
  delete(reference: ObjectReference, query: DeleteQuery): Promise<boolean>;
  /** Body of a watch: one JSON object a line. Ends with `signal`. */
  openWatch(
    resource: ResourceType,
    query: ListQuery & { resourceVersion: string; timeoutSeconds: number },
    signal: AbortSignal,
  ): Promise<Readable>;
  /** The last lines of a container's log; `undefined` where there is none. */
  podLog(query: PodLogQuery): Promise<string | undefined>;
}

export interface PodLogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string | undefined;
  readonly tailLines: number;
  readonly limitBytes: number;
  readonly timeoutMs: number;
}

/**
 * @param carrier repeats each call but watches; absent where the caller is repeated as a whole, as activities are:
 * never both
 */
export function createKubernetesApi(
  connection: KubernetesConnection,
  carrier: RetryCarrier = callOnce,
): KubernetesApi {
  const json = (call: Call): Promise<unknown> =>
    carrier(call.operation, () => answerOf(connection, call, (body) => body.json()));
  const text = (call: Call): Promise<string> =>
    carrier(call.operation, () => answerOf(connection, call, (body) => body.text()));
  return {
    get: (reference) =>
      absentAsUndefined(
        json({
          operation: describe('get', reference),
          verb: 'get',
          resource: reference.resource.plural,
          method: 'GET',
          path: objectPath(reference),
        }),
      ),
    list: (resource, query = {}) =>
      json({
        operation: `list ${resource.plural}`,
        verb: 'list',
        resource: resource.plural,
        method: 'GET',
        path: collectionPath(resource, query.namespace),
        query: listParameters(query),
      }),
    create: (resource, namespace, body, { dryRun = false } = {}) =>
      json({
        operation: describe('create', {
          resource,
          ...(namespace !== undefined && { namespace }),
          name: nameOf(body),
        }),
        verb: 'create',
        resource: resource.plural,
        method: 'POST',
        path: collectionPath(resource, namespace),
        query: { dryRun: dryRun ? 'All' : undefined },
        body,
      }),
    mergePatch: (reference, patch) =>
      json({
        operation: describe('patch', reference),
        verb: 'patch',
        resource: reference.resource.plural,
        method: 'PATCH',
        path: objectPath(reference),
        body: patch,
        contentType: 'application/merge-patch+json',
      }),
    delete: async (reference, query) => {
      const { uid, resourceVersion, propagationPolicy = 'Foreground', gracePeriodSeconds } = query;
      const call: Call = {
        operation: describe('delete', reference),
        verb: 'delete',
        resource: reference.resource.plural,
        method: 'DELETE',
        path: objectPath(reference),
        body: {
          propagationPolicy,
          ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
          preconditions: { uid, ...(resourceVersion !== undefined && { resourceVersion }) },
        },
      };
      return (await absentAsUndefined(json(call))) !== undefined;
    },
    openWatch: (resource, query, signal) => openWatch(connection, { resource, query, signal }),
    podLog: ({ namespace, pod, container, tailLines, limitBytes, timeoutMs }) =>
      absentAsUndefined(text(podLogCall({ namespace, pod, container, tailLines, limitBytes, timeoutMs }))),
  };
}

function describe(verb: string, { resource, namespace, name }: ObjectReference): string {
  return `${verb} ${resource.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

function nameOf(body: object): string {
  const metadata: unknown = 'metadata' in body ? body.metadata : undefined;
  const name: unknown =
    typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : undefined;
  return typeof name === 'string' ? name : '(unnamed)';
}

function listParameters(query: ListQuery): Record<string, string | number | undefined> {
  const { namespace: _inThePath, ...parameters } = query;
  return parameters;
}

function podLogCall({ namespace, pod, container, tailLines, limitBytes, timeoutMs }: PodLogQuery): Call {
  return {
    operation: `read the log of Pod ${namespace}/${pod}`,
    verb: 'get',
    resource: 'pods/log',
    method: 'GET',
    path: `${objectPath({ resource: PODS, namespace, name: pod })}/log`,
    query: { container, tailLines, limitBytes },
    timeoutMs,
  };
}

async function absentAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (failure) {
    if (isNotFound(failure)) return undefined;
    throw failure;
  }
}

async function openWatch(
  connection: KubernetesConnection,
  options: { resource: ResourceType; query: ListQuery & { timeoutSeconds: number }; signal: AbortSignal },
): Promise<Readable> {
  const { resource, query, signal } = options;
  const call: Call = {
    operation: `watch ${resource.plural}`,
    verb: 'watch',
    resource: resource.plural,
    method: 'GET',
    path: collectionPath(resource, query.namespace),
    query: { ...listParameters(query), watch: 'true', allowWatchBookmarks: 'true' },
  };
  const { body } = await sendCall(connection, call, signal);
  return body;
}
