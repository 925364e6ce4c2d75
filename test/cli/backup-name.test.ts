import { expect, test } from 'vitest';
import { parseBackupName } from '../../src/cli/backup-name.js';

test('namespace and name are taken apart', () => {
  expect(parseBackupName('prod/orders.v2')).toEqual({ namespace: 'prod', name: 'orders.v2' });
});

test.each([
  '',
  'orders',
  '/orders',
  'prod/',
  'prod/orders/x',
  'Prod/orders',
  'prod/../x',
  '-n/x',
  'a.b/c',
  'a b/c',
])('"%s" is no name of a Backup', (text) => {
  expect(parseBackupName(text)).toBeUndefined();
});
