import { request, type Dispatcher } from 'undici';
import { ApiFailure } from './api-failure.js';
import type { ApiVerb } from './api-attempt.js';
import type { KubernetesConnection } from './connection.js';
import { retryAfterMsOf } from './retry-after.js';

/** Deadline of one call that sets none, watches excepted. */
const CALL_TIMEOUT_MS = 10_000;

/** One request to the API server. */
export interface Call {
  /** What is tried, for people: `patch Backup prod/orders`. */
  readonly operation: string;
  readonly verb: ApiVerb;
  /** As in the path: `backups`; absent for documents outside the resource paths. */
  readonly resource?: string;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly query?: Record<string, string | number | undefined>;
  readonly body?: object;
  readonly contentType?: string;
  /** Bounds the wait for its turn, too. Default: 10 s from the moment when it is sent. */
  readonly timeoutMs?: number;
}

/** The whole answer within the call's deadline: a connection that breaks in the middle of a body has not answered. */
export async function answerOf<T>(
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

/**
 * Status and open body of an accepted request. A 401 is repeated once with credentials that are read anew: a token may
 * have been rotated since it was read.
 * @throws ApiFailure for every other answer, and for none
 */
export async function sendCall(connection: KubernetesConnection, call: Call, watchSignal?: AbortSignal) {
  let answer = await countedAttempt(connection, call, { watchSignal });
  if (answer.statusCode === 401) {
    await answer.body.dump();
    answer = await countedAttempt(connection, call, { watchSignal, fresh: true });
  }
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
  throw await failureOf(call, answer);
}

interface AttemptOptions {
  readonly watchSignal: AbortSignal | undefined;
  /** Reads the credentials anew. */
  readonly fresh?: boolean;
}

/** Every request of the process passes here, so that each is counted once. */
async function countedAttempt(connection: KubernetesConnection, call: Call, options: AttemptOptions) {
  const { verb, resource = 'other' } = call;
  try {
    const answer = await attempt(connection, call, options);
    connection.onAttempt?.({ verb, resource, status: answer.statusCode });
    return answer;
  } catch (failure) {
    connection.onAttempt?.({ verb, resource, status: undefined });
    throw failure;
  }
}

async function attempt(
  connection: KubernetesConnection,
  call: Call,
  { watchSignal, fresh = false }: AttemptOptions,
) {
  // A deadline that the caller sets counts from here on. By default it bounds what the server takes, not our own queue.
  const ownSignal =
    watchSignal ?? (call.timeoutMs === undefined ? undefined : AbortSignal.timeout(call.timeoutMs));
  try {
    await connection.turn(ownSignal);
  } catch (cause) {
    throw noAnswer(call, cause);
  }
  const { headers, dispatcher } = await connection.credentials({ fresh });
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
      signal: ownSignal ?? AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  } catch (cause) {
    throw noAnswer(call, cause);
  }
}

function contentHeaders({ body, contentType = 'application/json' }: Call): Record<string, string> {
  return body === undefined ? {} : { 'content-type': contentType };
}

function noAnswer(call: Call, cause: unknown): ApiFailure {
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message || code : String(cause);
  return new ApiFailure(
    { operation: call.operation, reason: code, message: `no answer: ${message}` },
    { cause },
  );
}

/** The socket's word for it. Ours for an answer that is no JSON: whoever gave it, it was no API server. */
function codeOf(cause: unknown): string {
  if (cause instanceof SyntaxError) return 'NotJson';
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

async function failureOf(call: Call, answer: Dispatcher.ResponseData): Promise<ApiFailure> {
  const text = await bodyOf(call, answer);
  const status = parseStatus(text);
  const retryAfterMs = retryAfterMsOf(answer.headers['retry-after'], Date.now());
  return new ApiFailure({
    operation: call.operation,
    status: answer.statusCode,
    reason: status.reason,
    message: status.message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
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
