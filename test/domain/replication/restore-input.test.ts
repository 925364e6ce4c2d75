import { expect, test } from 'vitest';
import { RunReplicationRestoreInput } from '../../../src/domain/replication/restore-input.js';

const input = { cluster: 'east', clusterUid: 'a1', namespace: 'prod', name: 'orders', uid: '5f1c0d3e' };

test.each([
  ['which Restore', input],
  ['and a part of the policy', { ...input, gatePolicy: { partial: 'fail' } }],
])('the input says %s', (_name, given) => {
  expect(RunReplicationRestoreInput.parse(given)).toEqual(given);
});

test.each([
  ['without a UID', { ...input, uid: '' }],
  ['with a policy that nobody knows', { ...input, gatePolicy: { partial: 'ask' } }],
])('an input %s is refused', (_name, given) => {
  expect(RunReplicationRestoreInput.safeParse(given).success).toBe(false);
});
