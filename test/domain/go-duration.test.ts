import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatGoDuration, parseGoDuration, shortDuration } from '../../src/domain/go-duration.js';

describe('parseGoDuration', () => {
  test.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['.5s', 500],
    ['300ms', 300],
    ['1µs', 0.001],
    ['0', 0],
    ['-1.5h', -5_400_000],
    ['+2s', 2_000],
  ])('reads %s as Go does', (text, durationMs) => {
    expect(parseGoDuration(text)).toBeCloseTo(durationMs, 9);
  });

  test.each([
    '',
    'banana',
    '30',
    '1d',
    '1 s',
    's',
    '1h-5m',
    '--1s',
    '1e3s',
    '9999999999h',
    ' 1s',
    '1s ',
    '+',
    '-',
    '.s',
  ])('refuses "%s" as Go does', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  test('reads back whatever it prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (durationMs) => {
        expect(parseGoDuration(formatGoDuration(durationMs))).toBeCloseTo(durationMs, 3);
      }),
    );
  });
});

test.each([
  [5_400_000, '1h30m0s', '1h30m'],
  [7_200_000, '2h0m0s', '2h'],
  [60_000, '1m0s', '1m'],
  [90_500, '1m30.5s', '1m30.5s'],
  [250, '250ms', '250ms'],
  [0, '0s', '0s'],
])('prints %d ms as Go (%s) and for people (%s)', (durationMs, go, short) => {
  expect(formatGoDuration(durationMs)).toBe(go);
  expect(shortDuration(durationMs)).toBe(short);
});
