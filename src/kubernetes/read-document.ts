import { answerOf, type Call } from './api-call.js';
import { isNotFound } from './api-failure.js';
import type { KubernetesConnection } from './connection.js';
import { callOnce, type RetryCarrier } from './retried-call.js';

const TIMEOUT_MS = 8_000;

/** Reads by path; `undefined` where there is nothing. @throws ApiFailure */
export type ReadDocument = (path: string) => Promise<unknown>;

/** A document outside the resource paths, such as `/version`; `undefined` where there is none. @throws ApiFailure */
export async function readDocument(
  connection: KubernetesConnection,
  path: string,
  carrier: RetryCarrier = callOnce,
): Promise<unknown> {
  const call: Call = { operation: `get ${path}`, verb: 'get', method: 'GET', path, timeoutMs: TIMEOUT_MS };
  try {
    return await carrier(call.operation, () => answerOf(connection, call, (body) => body.json()));
  } catch (failure) {
    if (isNotFound(failure)) return undefined;
    throw failure;
  }
}
