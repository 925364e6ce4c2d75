import { describe, expect, test } from 'vitest';
import { resolveLogRetryPolicy } from '../../../src/domain/retry/policy.js';
import { exampleBackup } from './example-backup.js';

const resolve = (policy: unknown, annotation?: string) =>
  resolveLogRetryPolicy(
    exampleBackup({
      spec: { backoffRetryPolicy: policy },
      ...(annotation !== undefined && { metadata: { annotations: { 'holdfast.dev/retry': annotation } } }),
    }),
  );
const STOCK = { maxRetryTimes: 2, minRetryDuration: '300s', retryTimeout: '30m' };

describe('what counts as enabled', () => {
  test.each([
    ['no policy', undefined, undefined, false],
    ['maxRetryTimes 0', { maxRetryTimes: 0 }, undefined, false],
    ['the triple that stock defaults leave behind', STOCK, undefined, false],
    ['that triple, written otherwise', { ...STOCK, minRetryDuration: '5m' }, undefined, false],
    ['nearly that triple', { ...STOCK, maxRetryTimes: 3 }, undefined, true],
    ['an empty policy', {}, undefined, true],
    ['a policy', { maxRetryTimes: 1 }, undefined, true],
    ['a policy, annotation disabled', { maxRetryTimes: 1 }, 'disabled', false],
    ['no policy, annotation enabled', undefined, 'enabled', true],
    ['the stock triple, annotation enabled', STOCK, 'enabled', true],
    ['maxRetryTimes 0, annotation enabled', { maxRetryTimes: 0 }, 'enabled', true],
  ])('%s', (_name, policy, annotation, enabled) => {
    expect(resolve(policy, annotation).policy?.enabled).toBe(enabled);
  });
});

test('fills in 5 retries, 30s and 30m for what is unset', () => {
  expect(resolve({}).policy).toEqual({
    enabled: true,
    maxRetryTimes: 5,
    minRetryDurationMs: 30_000,
    retryTimeoutMs: 1_800_000,
  });
});

test('takes the stock triple as written where the annotation enables it', () => {
  expect(resolve(STOCK, 'enabled').policy).toMatchObject({ maxRetryTimes: 2, minRetryDurationMs: 300_000 });
});

test('names every bad field with its path and the received value, all at once', () => {
  const bad = { maxRetryTimes: -1, minRetryDuration: 'banana', retryTimeout: '0s' };
  expect(resolve(bad, 'perhaps').problems?.map(({ path, received }) => [path, received])).toEqual([
    ['spec.backoffRetryPolicy.maxRetryTimes', '-1'],
    ['spec.backoffRetryPolicy.minRetryDuration', 'banana'],
    ['spec.backoffRetryPolicy.retryTimeout', '0s'],
    ["metadata.annotations['holdfast.dev/retry']", 'perhaps'],
  ]);
});

test.each([[1.5], ['3'], [{}], [Number.MAX_SAFE_INTEGER + 2]])(
  'refuses maxRetryTimes %j',
  (maxRetryTimes) => {
    expect(resolve({ maxRetryTimes }).problems).toHaveLength(1);
  },
);
