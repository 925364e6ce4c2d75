import { ApplicationFailure } from '@temporalio/workflow';
import { parseGoDuration } from '../domain/go-duration.js';
import { ADDED_RETRIES_EXPECTED, isAddedRetries } from '../domain/retry/added-retries.js';
import type { PersonRequest } from '../domain/retry/request.js';
import type { ByPerson } from './messages.js';

const MAX_TEXT_LENGTH = 500;

/** Reads one field of an update's argument. */
type Fields = ReadonlyMap<string, unknown>;

/*
 * Any client may send anything, and an update is refused before it costs history: these checks run as validators, so
 * they are synchronous and need no library.
 */

/** @throws ApplicationFailure `InvalidInput` naming the field, what was received and what would do */
export function parseRetryNow(argument: unknown): PersonRequest {
  const fields = fieldsOf('retryNow', argument, ['forceDeletePod', 'by', 'note']);
  const forceDeletePod = fields.get('forceDeletePod');
  if (forceDeletePod !== undefined && typeof forceDeletePod !== 'boolean') {
    throw invalid('retryNow.forceDeletePod', forceDeletePod, 'true or false');
  }
  const force = forceDeletePod === undefined ? {} : { forceDeletePod };
  return { kind: 'retryNow', ...force, ...personOf('retryNow', fields) };
}

/** @throws ApplicationFailure `InvalidInput` */
export function parseExtendBudget(argument: unknown): PersonRequest {
  const fields = fieldsOf('extendBudget', argument, ['retries', 'timeout', 'by', 'note']);
  const retries = retriesOf(fields.get('retries'));
  const timeoutMs = timeoutMsOf(fields.get('timeout'));
  if (retries === undefined && timeoutMs === undefined) {
    throw invalid('extendBudget', argument, 'retries, timeout or both, for example {"retries": 3}');
  }
  return {
    kind: 'extendBudget',
    ...(retries !== undefined && { retries }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...personOf('extendBudget', fields),
  };
}

/** @throws ApplicationFailure `InvalidInput` */
export function parseStopRetrying(argument: unknown): PersonRequest {
  const fields = fieldsOf('stopRetrying', argument, ['by', 'note']);
  return { kind: 'stopRetrying', ...personOf('stopRetrying', fields) };
}

/** @throws ApplicationFailure `InvalidInput` */
export function parseResumeRetrying(argument: unknown): PersonRequest {
  const fields = fieldsOf('resumeRetrying', argument, ['by', 'note']);
  return { kind: 'resumeRetrying', ...personOf('resumeRetrying', fields) };
}

/** @throws ApplicationFailure `InvalidInput` */
export function parseCancel(argument: unknown): ByPerson {
  return personOf('cancel', fieldsOf('cancel', argument, ['by', 'note']));
}

function fieldsOf(update: string, argument: unknown, known: readonly string[]): Fields {
  if (argument === undefined || argument === null) return new Map();
  if (typeof argument !== 'object' || Array.isArray(argument)) {
    throw invalid(update, argument, `an object with ${known.join(', ')}`);
  }
  const fields = new Map<string, unknown>(Object.entries(argument));
  for (const [name, value] of fields) {
    // A word that is misspelt would otherwise be a request for something else.
    if (!known.includes(name)) throw invalid(`${update}.${name}`, value, `one of ${known.join(', ')}`);
    if (value === null) fields.delete(name);
  }
  return fields;
}

function retriesOf(value: unknown): number | undefined {
  if (value === undefined || isAddedRetries(value)) return value;
  throw invalid('extendBudget.retries', value, ADDED_RETRIES_EXPECTED);
}

function timeoutMsOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const timeoutMs = typeof value === 'string' ? parseGoDuration(value) : undefined;
  if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs;
  throw invalid('extendBudget.timeout', value, 'a positive Go duration such as 30m or 1h30m');
}

function personOf(update: string, fields: Fields): { by?: string; note?: string } {
  const by = textOf(`${update}.by`, fields.get('by'));
  const note = textOf(`${update}.note`, fields.get('note'));
  return { ...(by !== undefined && { by }), ...(note !== undefined && { note }) };
}

function textOf(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= MAX_TEXT_LENGTH) return value === '' ? undefined : value;
  throw invalid(path, value, `a text of at most ${MAX_TEXT_LENGTH} characters`);
}

function invalid(path: string, received: unknown, expected: string): ApplicationFailure {
  const shown = (JSON.stringify(received) ?? 'nothing').slice(0, 100);
  return ApplicationFailure.nonRetryable(`${path}: received ${shown}, expected ${expected}`, 'InvalidInput');
}
