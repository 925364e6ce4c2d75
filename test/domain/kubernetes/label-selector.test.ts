import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../../src/domain/kubernetes/label-selector.js';

const MANAGED = { 'holdfast.dev/managed': 'true', tier: 'gold' };

describe('a label selector selects as kubectl -l does', () => {
  test.each([
    ['', {}, true],
    ['tier=gold', MANAGED, true],
    ['tier==gold', MANAGED, true],
    ['tier = silver', MANAGED, false],
    ['tier=gold', {}, false],
    ['tier=', { tier: '' }, true],
    ['holdfast.dev/managed!=true', MANAGED, false],
    ['holdfast.dev/managed!=true', { 'holdfast.dev/managed': 'false' }, true],
    ['holdfast.dev/managed!=true', {}, true],
    ['tier in (gold, silver)', MANAGED, true],
    ['tier in (silver)', MANAGED, false],
    ['tier in (silver)', {}, false],
    ['tier notin (gold,silver)', MANAGED, false],
    ['tier notin (gold,silver)', {}, true],
    ['tier', MANAGED, true],
    ['tier', {}, false],
    ['!tier', MANAGED, false],
    ['!tier', {}, true],
    ['tier in (gold,silver),holdfast.dev/managed!=true', { tier: 'gold' }, true],
    ['tier in (gold,silver),holdfast.dev/managed!=true', MANAGED, false],
    ['toString', {}, false],
  ])('%j on %j: %s', (text, labels: Record<string, string>, selected) => {
    expect(parseLabelSelector(text)?.(labels)).toBe(selected);
  });
});

test.each(['a b', 'a=(b', 'a in b', 'a,', '=x'])('%j is no label selector', (text) => {
  expect(parseLabelSelector(text)).toBeUndefined();
});
