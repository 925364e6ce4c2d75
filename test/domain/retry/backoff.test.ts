import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../src/domain/retry/backoff.js';

const DAY_MS = 86_400_000;

test('doubles from the base: 30s, 60s, 120s, 240s, 480s', () => {
  const delays = [1, 2, 3, 4, 5].map(
    (retryNum) => retryDelayMs({ minRetryDurationMs: 30_000 }, retryNum) / 1_000,
  );
  expect(delays).toEqual([30, 60, 120, 240, 480]);
});

test('agrees with adding the delay to itself, capped at a day, however large the number', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: DAY_MS }),
      fc.integer({ min: 1, max: 2_000_000 }),
      (baseMs, retryNum) => {
        let slow = baseMs;
        for (let step = 1; step < retryNum && slow < DAY_MS; step += 1) slow += slow;
        expect(retryDelayMs({ minRetryDurationMs: baseMs }, retryNum)).toBe(Math.min(slow, DAY_MS));
      },
    ),
  );
});
