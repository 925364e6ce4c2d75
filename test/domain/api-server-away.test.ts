import { expect, test } from 'vitest';
import { awayText, isToldAttempt } from '../../src/domain/api-server-away.js';

const toldUpTo = (attempts: number): number[] =>
  Array.from({ length: attempts }, (_, index) => index + 1).filter(isToldAttempt);

test('two failures are no absence; from the third on each is told, and later every tenth', () => {
  expect(toldUpTo(5)).toEqual([3, 4, 5]);
  expect(toldUpTo(60).slice(-6)).toEqual([24, 25, 30, 40, 50, 60]);
});

test('a day of absence costs a history a few hundred signals', () => {
  const attemptsOfADay = (24 * 3_600) / 30;
  expect(toldUpTo(attemptsOfADay).length).toBeLessThan(320);
});

test('people read since when, how often and why', () => {
  const away = { since: '2026-11-21T10:20:00Z', attempt: 7, message: 'etcdserver: request timed out' };
  expect(awayText(away)).toBe(
    'API server away since 2026-11-21T10:20:00Z, attempt 7: etcdserver: request timed out',
  );
});
