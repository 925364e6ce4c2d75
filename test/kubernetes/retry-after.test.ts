import { expect, test } from 'vitest';
import { retryAfterMsOf } from '../../src/kubernetes/retry-after.js';

const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

test.each<[string, string | string[] | undefined, number | undefined]>([
  ['seconds', '3', 3_000],
  ['the first of several', ['2', '9'], 2_000],
  ['a moment as an HTTP date', 'Sat, 21 Nov 2026 10:00:07 GMT', 7_000],
  ['a moment that has passed', 'Sat, 21 Nov 2026 09:59:00 GMT', undefined],
  ['no time at all', '0', undefined],
  ['nothing', undefined, undefined],
  ['an empty text', '', undefined],
  ['what is no time', 'soon', undefined],
  ['more than five minutes, which is not obeyed', '86400', 300_000],
])('Retry-After: %s', (_what, header, expected) => {
  expect(retryAfterMsOf(header, NOW_MS)).toBe(expected);
});
