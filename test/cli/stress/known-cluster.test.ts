import { expect, test } from 'vitest';
import { requireKnownCluster } from '../../../src/cli/stress/known-cluster.js';
import { isLoopback } from '../../../src/kubernetes/loopback.js';

test.each([
  ['https://127.0.0.1:6443', true],
  ['https://127.8.9.10', true],
  ['https://localhost:6443', true],
  ['https://[::1]:6443', true],
  ['https://127.0.0.1.example.com', false],
  ['https://localhost.example.com', false],
  ['https://10.96.0.1', false],
  ['https://kubernetes.default.svc', false],
  ['https://[::2]', false],
])('%s is on loopback: %s', (serverUrl, expected) => {
  expect(isLoopback(serverUrl)).toBe(expected);
});

const REMOTE = { serverUrl: 'https://prod.example.com', contextName: 'prod-eu' };

test('a cluster on loopback needs no word', () => {
  const access = { serverUrl: 'https://127.0.0.1:6443', contextName: 'kind' };
  expect(requireKnownCluster(access, undefined)).toBeUndefined();
});

test('another one is refused with the word that would do', () => {
  expect(() => requireKnownCluster(REMOTE, undefined)).toThrow(
    'the API server is https://prod.example.com, context prod-eu: if this cluster is meant, pass ' +
      '--i-know-this-cluster prod-eu',
  );
});

test('a name is never ignored: the wrong one is refused on loopback, too', () => {
  expect(() => requireKnownCluster(REMOTE, 'prod-us')).toThrow(/names prod-us, but/);
  expect(() =>
    requireKnownCluster({ serverUrl: 'https://127.0.0.1', contextName: 'kind' }, 'prod-eu'),
  ).toThrow(/names prod-eu, but/);
  expect(requireKnownCluster(REMOTE, 'prod-eu')).toBe('prod-eu');
});
