import { setTimeout as delay } from 'node:timers/promises';

/** What one process may ask of the API server, all its requests and watches together. */
export interface RateLimit {
  /** Requests a second in the long run. */
  readonly qps: number;
  /** Requests at once after a pause. */
  readonly burst: number;
}

/**
 * A token bucket that promises each request its moment, in the order in which they ask: `burst` tokens, refilled at
 * `qps`. A promise that is not kept (the caller gave up) costs its token all the same.
 */
export interface TokenBucket {
  /**
   * Takes one token.
   * @param nowMs any clock that never goes back, milliseconds
   * @returns how long the request has to wait, milliseconds; 0 where a token is left
   */
  take(nowMs: number): number;
}

export function createTokenBucket({ qps, burst }: RateLimit): TokenBucket {
  let tokens = burst;
  let atMs = Number.NEGATIVE_INFINITY;
  return {
    take: (nowMs) => {
      const refilled = atMs === Number.NEGATIVE_INFINITY ? burst : tokens + ((nowMs - atMs) * qps) / 1_000;
      // Below zero: promised already, to those who asked before.
      tokens = Math.min(burst, refilled) - 1;
      atMs = nowMs;
      return tokens >= 0 ? 0 : (-tokens * 1_000) / qps;
    },
  };
}

/** Waits for the turn of one request. @throws the reason of `signal` where it is aborted first */
export type Turn = (signal?: AbortSignal) => Promise<void>;

export function createTurns(limit: RateLimit): Turn {
  const bucket = createTokenBucket(limit);
  return async (signal) => {
    const waitMs = bucket.take(performance.now());
    if (waitMs === 0) return;
    // Rounded up: timers know whole milliseconds only, and a request must never be early.
    await delay(Math.ceil(waitMs), undefined, { ...(signal !== undefined && { signal }) });
  };
}
