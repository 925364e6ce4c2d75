import { expect, test } from 'vitest';
import { readableSize } from '../../src/backup-manager/readable-size.js';

test.each([
  [0, '0 B'],
  [9, '9 B'],
  [82, '82 B'],
  [1_000, '1.0 kB'],
  [1_572_864, '1.6 MB'],
  [12_345_678_901, '12 GB'],
  [999_950, '1000 kB'],
])('%i bytes read %s, as Go prints them', (sizeBytes, text) => {
  expect(readableSize(sizeBytes)).toBe(text);
});
