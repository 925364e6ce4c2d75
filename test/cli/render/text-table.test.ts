import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { oneLine } from '../../../src/cli/render/one-line.js';
import { textTable } from '../../../src/cli/render/text-table.js';

const rows = [[{ text: 'prod/orders' }, { text: 'Failed', tone: 'bad' as const }, { text: '3m' }]];

test('columns stand below their heads', () => {
  expect(textTable(['NAME', 'PHASE', 'AGE'], rows, { colour: false })).toBe(
    'NAME          PHASE    AGE\nprod/orders   Failed   3m',
  );
});

test('colour changes nothing but the colour', () => {
  const plain = textTable(['NAME', 'PHASE', 'AGE'], rows, { colour: false });
  const coloured = textTable(['NAME', 'PHASE', 'AGE'], rows, { colour: true });
  expect(coloured).toContain('\u001b[31mFailed\u001b[0m');
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});

test('what servers say cannot move the cursor or break the line', () => {
  expect(oneLine('a\u001b[2J\nb')).toBe('a [2J b');
  expect(oneLine('abcdef', 4)).toBe('abc…');
});
