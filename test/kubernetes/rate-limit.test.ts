import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTokenBucket, createTurns, type RateLimit } from '../../src/kubernetes/rate-limit.js';

/** When each request may start, for requests that come at these times. */
function startsOf(limit: RateLimit, arrivalsMs: readonly number[]): number[] {
  const bucket = createTokenBucket(limit);
  return arrivalsMs.map((atMs) => atMs + bucket.take(atMs));
}

const limits = fc.record({
  qps: fc.integer({ min: 1, max: 1_000 }),
  burst: fc.integer({ min: 1, max: 200 }),
});
const arrivals = fc
  .array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 300 })
  .map((gapsMs) => gapsMs.reduce<number[]>((times, gapMs) => [...times, (times.at(-1) ?? 0) + gapMs], []));

describe('a token bucket', () => {
  test('never lets more than burst + qps × time through, over any stretch of time', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, arrivalsMs) => {
        const startsMs = startsOf(limit, arrivalsMs);
        for (let first = 0; first < startsMs.length; first += 1) {
          for (let last = first; last < startsMs.length; last += 1) {
            const elapsedMs = (startsMs[last] ?? 0) - (startsMs[first] ?? 0);
            const allowed = limit.burst + (limit.qps * elapsedMs) / 1_000;
            expect(last - first + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('serves in the order of asking', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, arrivalsMs) => {
        const startsMs = startsOf(limit, arrivalsMs);
        expect(startsMs).toStrictEqual(startsMs.toSorted((a, b) => a - b));
      }),
    );
  });

  test('makes a single request wait only where the budget is spent, and no longer than its refill takes', () => {
    const limit = { qps: 10, burst: 3 };
    expect(startsOf(limit, [0, 0, 0, 0, 0])).toStrictEqual([0, 0, 0, 100, 200]);
    expect(startsOf(limit, [0, 0, 0, 0, 10_000])).toStrictEqual([0, 0, 0, 100, 10_000]);
  });

  test('saves up no more than its burst, however long nobody asks', () => {
    expect(startsOf({ qps: 10, burst: 2 }, [0, 3_600_000, 3_600_000, 3_600_000])).toStrictEqual([
      0, 3_600_000, 3_600_000, 3_600_100,
    ]);
  });
});

describe('a turn', () => {
  test('comes at once while the budget lasts, and later than that', async () => {
    const turn = createTurns({ qps: 50, burst: 2 });
    const startedMs = performance.now();
    await Promise.all([turn(), turn(), turn(), turn()]);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(39);
  });

  test('is not waited for by a caller who gives up', async () => {
    const turn = createTurns({ qps: 0.001, burst: 1 });
    await turn();
    await expect(turn(AbortSignal.timeout(5))).rejects.toThrow(/aborted/);
  });
});
