import { describe, expect, test } from 'vitest';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';

const failure = (status: number | undefined, reason: string, message: string) =>
  new ApiFailure({
    operation: 'patch Backup prod/orders',
    reason,
    message,
    ...(status !== undefined && { status }),
  });

describe('what passes by itself', () => {
  test.each<[number | undefined, string, string]>([
    [429, 'TooManyRequests', 'slow down'],
    [503, 'ServiceUnavailable', 'starting'],
    [504, 'Timeout', 'context deadline exceeded'],
    [500, '', 'etcdserver: request timed out'],
    [500, '', 'etcdserver: request timed out, possibly due to previous leader failure'],
    [500, 'InternalError', 'etcdserver: leader changed'],
    [500, '', 'rpc error: code = Unavailable desc = keepalive ping failed to receive ACK within timeout'],
    [undefined, 'ECONNREFUSED', 'connect ECONNREFUSED'],
  ])('%s %s %s', (status, reason, message) => {
    expect(failure(status, reason, message).retryable).toBe(true);
  });
});

describe('what no waiting mends', () => {
  test.each<[number, string, string]>([
    [400, 'BadRequest', 'timeout must be positive'],
    [401, 'Unauthorized', 'Unauthorized'],
    [403, 'Forbidden', 'exceeded quota'],
    [404, 'NotFound', 'not found'],
    [409, 'Conflict', 'the object has been modified'],
    [410, 'Expired', 'too old resource version'],
    [422, 'Invalid', 'spec.template: field is immutable'],
    [500, 'InternalError', 'failed calling webhook: denied'],
    [500, '', 'etcdserver: mvcc: database space exceeded'],
    [500, '', 'etcdserver: request is too large'],
    [503, '', 'etcdserver: corrupt cluster'],
  ])('%s %s %s', (status, reason, message) => {
    expect(failure(status, reason, message).retryable).toBe(false);
  });
});

test('the message says operation, status, reason and cause', () => {
  expect(failure(409, 'Conflict', 'modified').message).toBe(
    'patch Backup prod/orders failed: 409 Conflict: modified',
  );
});
