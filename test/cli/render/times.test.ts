import { expect, test } from 'vitest';
import { ageOf, relativeTime, shortAge, timeWithAge } from '../../../src/cli/render/times.js';

test.each([
  [0, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [190_000, '3m10s'],
  [3_600_000, '1h'],
  [7_500_000, '2h5m'],
  [93_600_000, '26h'],
  [172_800_000, '2d'],
  [-5_000, '0s'],
])('%i ms are an age of %s', (durationMs, text) => {
  expect(shortAge(durationMs)).toBe(text);
});

test('the future is rounded up, so that nothing is due before its time', () => {
  expect(relativeTime(1_500, 0)).toBe('in 2s');
  expect(relativeTime(0, 1_500)).toBe('1s ago');
});

test('a time stands in UTC beside its age; what is no time stays as it is', () => {
  const nowMs = Date.parse('2026-11-21T10:31:06Z');
  expect(timeWithAge('2026-11-21T10:31:30Z', nowMs)).toBe('2026-11-21 10:31:30Z (in 24s)');
  expect(timeWithAge('soon', nowMs)).toBe('soon');
  expect(ageOf('', nowMs)).toBe('?');
});
