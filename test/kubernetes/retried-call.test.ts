import { describe, expect, test } from 'vitest';
import { DEFAULT_API_RETRY, type ApiRetryPolicy } from '../../src/domain/api-retry.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { countAttempts, retriedCall, type RetryObserver } from '../../src/kubernetes/retried-call.js';

const OPERATION = 'create ConfigMap deploy-1-cm-0';
const SLOW = { operation: OPERATION, status: 500, message: 'etcdserver: request timed out' };
const FORBIDDEN = { operation: OPERATION, status: 403, reason: 'Forbidden', message: 'no rights' };
const QUICK: ApiRetryPolicy = { maxRetries: 3, initialBackoffMs: 1, maxBackoffMs: 4 };

function listener() {
  const lines: string[] = [];
  const failed: boolean[] = [];
  const observer: RetryObserver = {
    line: (level, text) => void lines.push(`${level} ${text}`),
    failedAttempt: ({ retried }) => void failed.push(retried),
  };
  return { lines, failed, observer };
}

/** Fails so often, then gives `done`. */
function failing(times: number, failure: ApiFailure = new ApiFailure(SLOW)) {
  let calls = 0;
  const call = async (): Promise<string> => {
    calls += 1;
    if (calls <= times) throw failure;
    return 'done';
  };
  return { call, calls: () => calls };
}

describe('a call that fails', () => {
  test('is repeated, and tells of each attempt and of its success', async () => {
    const { lines, failed, observer } = listener();
    const { call } = failing(2);
    const result = await retriedCall({ operation: OPERATION, policy: QUICK, observer }, call);
    expect(result).toEqual({ value: 'done', retries: 2 });
    expect(lines).toEqual([
      `warn [RETRY] ${OPERATION} failed (attempt 1/4): etcdserver: request timed out - retrying in 1ms`,
      `warn [RETRY] ${OPERATION} failed (attempt 2/4): etcdserver: request timed out - retrying in 2ms`,
      `info [RETRY] ${OPERATION} succeeded after 2 retries`,
    ]);
    expect(failed).toEqual([true, true]);
  });

  test('is given up after its repetitions', async () => {
    const { lines, failed, observer } = listener();
    const { call, calls } = failing(9);
    await expect(retriedCall({ operation: OPERATION, policy: QUICK, observer }, call)).rejects.toMatchObject({
      status: 500,
    });
    expect(calls()).toBe(4);
    expect(lines.at(-1)).toBe(
      `error [RETRY] ${OPERATION} failed after 3 retries (4 attempts): etcdserver: request timed out`,
    );
    expect(failed).toEqual([true, true, true, false]);
  });

  test('is not repeated where that cannot help, and leaves no line', async () => {
    const { lines, failed, observer } = listener();
    const { call, calls } = failing(1, new ApiFailure(FORBIDDEN));
    await expect(retriedCall({ operation: OPERATION, policy: QUICK, observer }, call)).rejects.toMatchObject({
      status: 403,
    });
    expect([calls(), lines, failed]).toEqual([1, [], [false]]);
  });

  test('stops waiting when it is told to end', async () => {
    const { observer } = listener();
    const stop = new AbortController();
    const { call } = failing(9);
    const policy = { ...QUICK, initialBackoffMs: 600_000, maxBackoffMs: 600_000 };
    const running = retriedCall({ operation: OPERATION, policy, observer, signal: stop.signal }, call);
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the pauses', () => {
  const pausesOf = (times: number, failure = new ApiFailure(SLOW)): number[] => {
    const policy = { ...DEFAULT_API_RETRY, maxRetries: Infinity };
    const attempts = countAttempts({ operation: OPERATION, policy, observer: listener().observer });
    return Array.from({ length: times }, () => attempts.pauseAfter(failure));
  };

  test('double from two seconds to thirty', () => {
    expect(pausesOf(7)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('are as long as the API server asks for, and never shorter than our own', () => {
    expect(pausesOf(3, new ApiFailure({ ...SLOW, retryAfterMs: 5_000 }))).toEqual([5_000, 5_000, 8_000]);
  });

  test('begin anew when a server that was away answers, though it is not ready yet', () => {
    const policy = { ...DEFAULT_API_RETRY, maxRetries: Infinity };
    const attempts = countAttempts({ operation: OPERATION, policy, observer: listener().observer });
    const gone = new ApiFailure({ operation: OPERATION, reason: 'ECONNREFUSED', message: 'no answer' });
    const busy = new ApiFailure({ ...SLOW, status: 429, retryAfterMs: 1_000 });
    const pauses = [gone, gone, gone, gone, gone, busy, busy].map((failure) => attempts.pauseAfter(failure));
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 2_000, 4_000]);
  });

  test('begin anew after a success', () => {
    const { lines, observer } = listener();
    const attempts = countAttempts({ operation: OPERATION, policy: QUICK, observer });
    attempts.pauseAfter(new ApiFailure(SLOW));
    attempts.pauseAfter(new ApiFailure(SLOW));
    expect(attempts.succeeded()).toBe(2);
    expect(attempts.pauseAfter(new ApiFailure(SLOW))).toBe(1);
    expect(attempts.succeeded()).toBe(1);
    expect(attempts.succeeded()).toBe(0);
    expect(lines.filter((line) => line.startsWith('info'))).toHaveLength(2);
  });
});
