import { expect, test } from 'vitest';
import { probeResultIn } from '../../../src/domain/backup/storage-probe.js';

const result = {
  probe: 'storage',
  location: 's3://shop/orders',
  outcome: 'NoBucket',
  message: 'list s3://shop/orders/ failed: 404 NoSuchBucket',
} as const;

test('the result is found among other lines, the last one counts', () => {
  const older = { ...result, outcome: 'Throttled' };
  const log = ['[RETRY] get Backup …', JSON.stringify(older), JSON.stringify(result), ''].join('\n');
  expect(probeResultIn(log)).toEqual(result);
});

test.each([
  ['a log without a result', 'Error: no such file'],
  ['a line that was cut off', JSON.stringify(result).slice(0, 60)],
  ['an outcome of another version', JSON.stringify({ ...result, outcome: 'Elsewhere' })],
])('%s has none', (_what, log) => {
  expect(probeResultIn(log)).toBeUndefined();
});
