import { describe, expect, test } from 'vitest';
import { ApiFailure, type ApiFailureCause } from '../../src/kubernetes/api-failure.js';

const failure = (status: number | undefined, reason: string, message: string) =>
  new ApiFailure({
    operation: 'patch Backup prod/orders',
    reason,
    message,
    ...(status !== undefined && { status }),
  });

const WEBHOOK =
  'Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://10.0.0.7:443/check?timeout=2s"';
/** As kube-apiserver 1.34 says it; the quoted value is what the client asked for. */
const ALLOCATION =
  'Service "deploy-1-svc-0" is invalid: spec.clusterIPs: Invalid value: [""]: failed to allocate IP: ';
const PEER_LOST = ', possibly due to previous leader failure';
const CONNECTION_LOST = ', possibly due to connection lost';

describe('what passes by itself', () => {
  test.each<[number | undefined, string, string, ApiFailureCause]>([
    [429, 'TooManyRequests', 'too many requests, please try again later', 'Throttled'],
    [429, '', 'storage is (re)initializing', 'Throttled'],
    [503, 'ServiceUnavailable', 'the server is currently unable to handle the request', 'Unavailable'],
    [503, '', '<html>503 Service Unavailable</html>', 'Unavailable'],
    [504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', 'GatewayTimeout'],
    [504, 'Timeout', 'context deadline exceeded', 'GatewayTimeout'],
    [500, '', 'etcdserver: request timed out', 'Backend'],
    [500, '', `etcdserver: request timed out${PEER_LOST}`, 'Backend'],
    [500, '', `etcdserver: request timed out${CONNECTION_LOST}`, 'Backend'],
    [500, '', 'etcdserver: leader changed', 'Backend'],
    [500, '', 'etcdserver: no leader', 'Backend'],
    [500, '', 'etcdserver: unhealthy cluster', 'Backend'],
    [500, '', 'etcdserver: too many requests', 'Backend'],
    [500, 'InternalError', 'Internal error occurred: etcdserver: leader changed', 'Backend'],
    [500, 'ServerTimeout', 'etcdserver: request timed out', 'Backend'],
    [
      500,
      '',
      'rpc error: code = Unavailable desc = keepalive ping failed to receive ACK within timeout',
      'Backend',
    ],
    [500, '', 'rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'Backend'],
    [500, 'InternalError', 'Internal error occurred: context deadline exceeded', 'Backend'],
    [500, 'InternalError', `${WEBHOOK}: context deadline exceeded`, 'Backend'],
    [
      500,
      'InternalError',
      'Internal error occurred: failed to allocate a nodePort: etcdserver: request timed out',
      'Backend',
    ],
    [422, 'Invalid', `${ALLOCATION}etcdserver: request timed out`, 'Backend'],
    [422, 'Invalid', `${ALLOCATION}etcdserver: leader changed`, 'Backend'],
    [422, 'Invalid', `${ALLOCATION}rpc error: code = Unavailable desc = keepalive ping failed`, 'Backend'],
    [422, 'Invalid', `${ALLOCATION}context deadline exceeded`, 'Backend'],
    [undefined, 'ECONNREFUSED', 'no answer: connect ECONNREFUSED', 'ConnectionFailed'],
    [undefined, 'ECONNRESET', 'no answer: read ECONNRESET', 'ConnectionFailed'],
    [undefined, 'EPIPE', 'no answer: write EPIPE', 'ConnectionFailed'],
    [undefined, 'EHOSTUNREACH', 'no answer: connect EHOSTUNREACH', 'ConnectionFailed'],
    [undefined, 'ENETUNREACH', 'no answer: connect ENETUNREACH', 'ConnectionFailed'],
    [undefined, 'EAI_AGAIN', 'no answer: getaddrinfo EAI_AGAIN', 'ConnectionFailed'],
    [undefined, 'UND_ERR_SOCKET', 'no answer: other side closed', 'ConnectionFailed'],
    [undefined, 'ETIMEDOUT', 'no answer: connect ETIMEDOUT', 'NoAnswer'],
    [undefined, 'UND_ERR_CONNECT_TIMEOUT', 'no answer: Connect Timeout Error', 'NoAnswer'],
    [undefined, '', 'no answer: The operation was aborted due to timeout', 'NoAnswer'],
  ])('%s %s %s', (status, reason, message, cause) => {
    expect(failure(status, reason, message)).toMatchObject({ retryable: true, causeOfFailure: cause });
  });
});

describe('what no waiting mends', () => {
  test.each<[number | undefined, string, string]>([
    [400, 'BadRequest', 'timeout must be positive'],
    [401, 'Unauthorized', 'Unauthorized'],
    [403, 'Forbidden', 'exceeded quota: request timed out'],
    [404, 'NotFound', 'not found'],
    [405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'],
    [409, 'Conflict', 'the object has been modified'],
    [409, 'AlreadyExists', 'configmaps "a" already exists'],
    [410, 'Expired', 'too old resource version'],
    [413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'],
    [422, 'Invalid', 'spec.template: field is immutable'],
    [
      422,
      'Invalid',
      'metadata.name: Invalid value: "etcdserver: request timed out": a lowercase RFC 1123 name',
    ],
    [422, 'Invalid', `${ALLOCATION}range is full`],
    [422, 'Invalid', `${ALLOCATION}etcdserver: mvcc: database space exceeded`],
    [500, 'InternalError', `${WEBHOOK}: dial tcp 10.0.0.7:443: connect: connection refused`],
    [500, 'InternalError', 'Internal error occurred: failed calling webhook "a": denied'],
    [500, 'InternalError', 'Internal error occurred: the timeout is not a number'],
    [500, 'ServerTimeout', 'The POST operation against backups could not be completed at this time'],
    [500, 'Unknown', 'etcdserver: request timed out'],
    [500, '', 'etcdserver: not capable'],
    [500, '', 'rpc error: code = ResourceExhausted desc = trying to send message larger than max'],
    [500, '', ''],
    [501, '', 'not implemented'],
    [502, '', '<html>502 Bad Gateway</html>'],
    [500, '', 'etcdserver: mvcc: database space exceeded'],
    [500, '', 'etcdserver: request is too large'],
    [503, '', 'etcdserver: corrupt cluster'],
    [undefined, 'ENOTFOUND', 'no answer: getaddrinfo ENOTFOUND api.internal'],
    [undefined, 'CERT_HAS_EXPIRED', 'no answer: certificate has expired'],
    [undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'no answer: self-signed certificate'],
    [undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'no answer: unable to verify the first certificate'],
    [
      undefined,
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "no answer: Hostname/IP does not match certificate's altnames",
    ],
    [undefined, 'EPROTO', 'no answer: wrong version number'],
    [undefined, 'NotJson', 'no answer: Unexpected token <'],
  ])('%s %s %s', (status, reason, message) => {
    expect(failure(status, reason, message)).toMatchObject({ retryable: false, causeOfFailure: 'Refused' });
  });
});

test('the message says operation, status, reason and cause', () => {
  expect(failure(409, 'Conflict', 'modified').message).toBe(
    'patch Backup prod/orders failed: 409 Conflict: modified',
  );
});
