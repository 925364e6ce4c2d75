import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import type { ApiServerAway } from '../../src/domain/api-server-away.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { apiRetryInterceptor } from '../../src/worker/api-retry-interceptor.js';

const OPERATION = 'get Backup prod/orders';
const AWAY = new ApiFailure({ operation: OPERATION, reason: 'ECONNREFUSED', message: 'no answer' });
const FORBIDDEN = new ApiFailure({ operation: OPERATION, status: 403, message: 'no rights' });
const BEGAN_MS = Date.parse('2026-11-21T10:00:00Z');

/** One activity, attempt by attempt: what it left in its heartbeat, what was logged, counted and told. */
function activity() {
  const lines: string[] = [];
  const told: (ApiServerAway | undefined)[] = [];
  let retries = 0;
  let attempt = 0;
  let details: unknown;
  const interceptor = apiRetryInterceptor({
    retried: () => (retries += 1),
    tellWorkflow: async (_workflow, away) => void told.push(away),
    now: () => BEGAN_MS + attempt * 1_000,
  });
  const run = async (work: () => Promise<string>): Promise<unknown> => {
    attempt += 1;
    const logger = new DefaultLogger('INFO', ({ level, message }) => {
      // The SDK has a word of its own for each failed attempt.
      if (message.startsWith('[RETRY]')) lines.push(`${level} ${message}`);
    });
    const environment = new MockActivityEnvironment({ attempt, heartbeatDetails: details }, { logger });
    environment.on('heartbeat', (sent: unknown) => (details = sent));
    const execute = () => interceptor.execute?.({ args: [], headers: {} }, work);
    return environment.run(async () => execute());
  };
  const fails = (cause: Error, more: { nextRetryDelay?: number; nonRetryable?: boolean } = {}) =>
    run(async () => {
      throw ApplicationFailure.create({ type: 'KubernetesApi', message: 'failed', cause, ...more });
    }).catch((failure: unknown) => failure);
  return { run, fails, lines, told, retries: () => retries };
}

describe('an activity that fails because of the API server', () => {
  test('leaves a line for each attempt, and one for its success, whichever worker it ran on', async () => {
    const { run, fails, lines, retries } = activity();
    await fails(AWAY);
    await fails(AWAY, { nextRetryDelay: 7_000 });
    expect(await run(async () => 'done')).toBe('done');
    expect(lines).toEqual([
      `WARN [RETRY] ${OPERATION} failed (attempt 1): no answer - retrying in 2s`,
      `WARN [RETRY] ${OPERATION} failed (attempt 2): no answer - retrying in 7s`,
      `INFO [RETRY] ${OPERATION} succeeded after 2 retries`,
    ]);
    expect(retries()).toBe(2);
  });

  test('tells its workflow from the third failure on, with the time of the first', async () => {
    const { fails, told } = activity();
    for (let attempt = 1; attempt <= 4; attempt += 1) await fails(AWAY);
    const since = '2026-11-21T10:00:01Z';
    expect(told).toEqual([
      { since, attempt: 3, message: 'no answer' },
      { since, attempt: 4, message: 'no answer' },
    ]);
  });

  test('does not count an attempt that ended with its worker', async () => {
    const { run, fails, told } = activity();
    await fails(AWAY);
    await fails(AWAY);
    // A time-out is the server's word: the attempt itself says nothing.
    await run(() => Promise.reject(new Error('the worker died'))).catch(() => undefined);
    expect(told).toEqual([]);
    await fails(AWAY);
    expect(told).toEqual([expect.objectContaining({ attempt: 3 })]);
  });

  test('is not told of as an absence where the API server refuses', async () => {
    const { fails, told, lines, retries } = activity();
    for (let attempt = 1; attempt <= 4; attempt += 1) await fails(FORBIDDEN);
    expect(told).toEqual([]);
    expect(lines).toHaveLength(4);
    expect(retries()).toBe(4);
  });
});

test.each<[string, Error, { nonRetryable?: boolean }]>([
  ['will not be repeated', AWAY, { nonRetryable: true }],
  ['has nothing to do with the API server', new Error('a bug'), {}],
])('an activity whose failure %s leaves no line', async (_what, cause, more) => {
  const { fails, lines, retries } = activity();
  expect(await fails(cause, more)).toBeInstanceOf(ApplicationFailure);
  expect([lines, retries()]).toEqual([[], 0]);
});
