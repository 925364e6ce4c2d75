import { request, type Dispatcher } from 'undici';
import { ApiFailure } from './api-failure.js';
import type { KubernetesConnection } from './connection.js';

/** Deadline of one call that sets none, watches excepted. */
const CALL_TIMEOUT_MS = 10_000;

/** One request to the API server. */
export interface Call {
  /** What is tried, for people: `patch Backup prod/orders`. */
  readonly operation: string;
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
 * Status and open body of an accepted request.
 * @throws ApiFailure for every other answer, and for none
 */
export async function sendCall(connection: KubernetesConnection, call: Call, watchSignal?: AbortSignal) {
  const answer = await attempt(connection, call, watchSignal);
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
  throw await failureOf(call, answer);
}

async function attempt(connection: KubernetesConnection, call: Call, watchSignal?: AbortSignal) {
  // A deadline that the caller sets counts from here on. By default it bounds what the server takes, not our own queue.
  const ownSignal =
    watchSignal ?? (call.timeoutMs === undefined ? undefined : AbortSignal.timeout(call.timeoutMs));
  try {
    await connection.turn(ownSignal);
  } catch (cause) {
    throw noAnswer(call, cause);
  }
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
