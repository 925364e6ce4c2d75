import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { ApiFailure, isNotFound } from './api-failure.js';
import type { KubernetesConnection } from './connection.js';
import { collectionPath, objectPath, PODS, type ObjectReference, type ResourceType } from './resources.js';

/** Deadline of one call, watches and followed logs excepted. */
const CALL_TIMEOUT_MS = 10_000;

export interface ListQuery {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Page size; absent = everything in one answer. */
  readonly limit?: number;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string;
}

export interface DeleteQuery {
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background';
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

interface Call {
  readonly operation: string;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly query?: Record<string, string | number | undefined>;
  readonly body?: object;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export function createKubernetesApi(connection: KubernetesConnection): KubernetesApi {
  const json = (call: Call): Promise<unknown> => answerOf(connection, call, (body) => body.json());
  return {
    get: (reference) =>
      absentAsUndefined(
        json({ operation: describe('get', reference), method: 'GET', path: objectPath(reference) }),
      ),
    list: (resource, query = {}) =>
      json({
        operation: `list ${resource.plural}`,
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
        method: 'POST',
        path: collectionPath(resource, namespace),
        query: { dryRun: dryRun ? 'All' : undefined },
        body,
      }),
    mergePatch: (reference, patch) =>
      json({
        operation: describe('patch', reference),
        method: 'PATCH',
        path: objectPath(reference),
        body: patch,
        contentType: 'application/merge-patch+json',
      }),
    delete: async (reference, { uid, resourceVersion, propagationPolicy = 'Foreground' }) => {
      const call: Call = {
        operation: describe('delete', reference),
        method: 'DELETE',
        path: objectPath(reference),
        body: {
          propagationPolicy,
          preconditions: { uid, ...(resourceVersion !== undefined && { resourceVersion }) },
        },
      };
      return (await absentAsUndefined(json(call))) !== undefined;
    },
    openWatch: (resource, query, signal) => openWatch(connection, { resource, query, signal }),
    podLog: ({ namespace, pod, container, tailLines, limitBytes, timeoutMs }) =>
      absentAsUndefined(
        answerOf(
          connection,
          podLogCall({ namespace, pod, container, tailLines, limitBytes, timeoutMs }),
          (body) => body.text(),
        ),
      ),
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
    method: 'GET',
    path: collectionPath(resource, query.namespace),
    query: { ...listParameters(query), watch: 'true', allowWatchBookmarks: 'true' },
  };
  const { body } = await sendCall(connection, call, signal);
  return body;
}

/** The whole answer within the call's deadline: a connection that breaks in the middle of a body has not answered. */
async function answerOf<T>(
  connection: KubernetesConnection,
  call: Call,
  read: (body: Dispatcher.ResponseData['body']) => Promise<T>,
): Promise<T> {
  const { body } = await sendCall(connection, call);
  try {
    return await read(body);
  } catch (cause) {
    throw noAnswer(call, cause);
  }
}

async function sendCall(connection: KubernetesConnection, call: Call, watchSignal?: AbortSignal) {
  const answer = await attempt(connection, call, watchSignal);
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
  throw await failureOf(call, answer);
}

async function attempt(connection: KubernetesConnection, call: Call, watchSignal?: AbortSignal) {
  const { headers, dispatcher } = await connection.credentials();
  const url = new URL(connection.serverUrl.replace(/\/$/, '') + call.path);
  for (const [key, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  try {
    return await request(url, {
      method: call.method,
      dispatcher,
      headers: { ...headers, accept: 'application/json, */*', ...contentHeaders(call) },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal: watchSignal ?? AbortSignal.timeout(call.timeoutMs ?? CALL_TIMEOUT_MS),
    });
  } catch (cause) {
    throw noAnswer(call, cause);
  }
}

function contentHeaders({ body, contentType = 'application/json' }: Call): Record<string, string> {
  return body === undefined ? {} : { 'content-type': contentType };
}

function noAnswer(call: Call, cause: unknown): ApiFailure {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const message = cause instanceof Error ? cause.message || code : String(cause);
  return new ApiFailure(
    { operation: call.operation, reason: code, message: `no answer: ${message}` },
    { cause },
  );
}

async function failureOf(call: Call, answer: Dispatcher.ResponseData): Promise<ApiFailure> {
  const text = await bodyOf(call, answer);
  const status = parseStatus(text);
  const retryAfterSeconds = Number(answer.headers['retry-after']);
  return new ApiFailure({
    operation: call.operation,
    status: answer.statusCode,
    reason: status.reason,
    message: status.message,
    ...(retryAfterSeconds > 0 && { retryAfterMs: retryAfterSeconds * 1_000 }),
  });
}

async function bodyOf(call: Call, { body }: Dispatcher.ResponseData): Promise<string> {
  try {
    return await body.text();
  } catch (cause) {
    // A refusal whose text got lost is not understood: it may be repeated like any call without an answer.
    throw noAnswer(call, cause);
  }
}

/** The API server answers failures with a Status object; a proxy in between may answer with anything. */
function parseStatus(text: string): { reason: string; message: string } {
  const fallback = { reason: '', message: text.slice(0, 500) };
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null) return fallback;
  const reason = 'reason' in body && typeof body.reason === 'string' ? body.reason : '';
  const message = 'message' in body && typeof body.message === 'string' ? body.message : fallback.message;
  return { reason, message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
