import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pod } from '../../../src/domain/kubernetes/pod.js';
import type { FailureEvidence } from '../../../src/domain/retry/evidence.js';
import { classifyFailure, FAILURE_CLASSES } from '../../../src/domain/retry/failure-class.js';
import { BR_ERRORS } from './fixtures/br-errors.js';

const INFO = '[2026/11/21 10:31:30.123 +00:00] [INFO] [info.go:49] ["Welcome to Backup & Restore (BR)"]';

function podOf(status: object): Pod {
  const metadata = { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1' };
  return Pod.parse({ metadata: { ...metadata, creationTimestamp: '2026-11-21T10:00:00Z' }, status });
}
const ended = (terminated: object) => podOf({ containerStatuses: [{ name: 'b', state: { terminated } }] });
const classOf = (evidence: Partial<FailureEvidence>) =>
  classifyFailure({ pods: [], logTail: undefined, jobReason: 'BackoffLimitExceeded', ...evidence }).class;

/** The end of BR's log, where the error stands on one line, with its quotes. */
const loggedAs = (error: string) =>
  `${INFO}\n[2026/11/21 10:31:31.000 +00:00] [ERROR] [main.go:38] ["br failed"] [error=${JSON.stringify(error)}] [errorVerbose="x"]\n`;

describe('the class of what BR ends with', () => {
  test.each(BR_ERRORS)('is %s in its log: %s', (expected, error) => {
    expect(classOf({ logTail: loggedAs(error) })).toBe(expected);
  });

  test.each(BR_ERRORS)('is %s in the condition of our manager: %s', (expected, error) => {
    expect(classOf({ reported: `BR exited with code 1: ${error.replace(/\s+/g, ' ')}` })).toBe(expected);
  });

  test.each(BR_ERRORS)("is %s in the condition of TiDB Operator's manager: %s", (expected, error) => {
    const reported = `cluster prod/orders, wait pipe message failed, errMsg Error: ${error}\n, err: exit status 1`;
    expect(classOf({ reported })).toBe(expected);
  });

  test('survives what is removed as a secret', () => {
    const logTail = loggedAs('operation error S3, api error AccessDenied: secret_key=hunter2 is refused');
    expect(classOf({ logTail })).toBe('credentials_refused');
  });
});

describe('the end of the pod', () => {
  const refused = loggedAs('api error AccessDenied: Access Denied');

  test('by lack of memory comes before everything that was printed', () => {
    const pods = [ended({ exitCode: 137, reason: 'OOMKilled' })];
    expect(classOf({ pods, logTail: refused })).toBe('out_of_memory');
  });

  test.each(['Evicted', 'NodeLost', 'Terminated', 'Preempting'])('%s is a lost node', (reason) => {
    expect(classOf({ pods: [podOf({ reason })], logTail: refused })).toBe('node_lost');
  });

  test('by SIGTERM is a lost node, whatever BR said about it', () => {
    const reported = 'stopped by SIGTERM; BR exited with code 1: context canceled';
    expect(classOf({ reported })).toBe('node_lost');
  });

  test('without a sign is unknown, and retried', () => {
    const evidence = { pods: [ended({ exitCode: 1 })], logTail: undefined, jobReason: 'x' };
    expect(classifyFailure(evidence)).toStrictEqual({ class: 'unknown', retryable: true });
  });
});

/** Words of permanent failures without the shape of an error code. */
const MISLEADING = [
  'AccessDenied',
  'NoSuchBucket',
  'InvalidAccessKeyId',
  'denied',
  'permission',
  'forbidden',
  '403',
  'not found',
  'ErrStreamLogTaskExist',
  'version mismatch',
  'invalid',
  'unknown',
  's3://AccessDenied/',
  '/var/NoSuchBucket',
  'table `denied`.`AccessDenied`',
  'task already exists',
  '[ERROR]',
  'Error',
];

describe('a permanent class', () => {
  const permanent = Object.values(FAILURE_CLASSES).filter(({ retryable }) => !retryable);

  test('is never found in an error that BR went on from', () => {
    const overcome =
      '[2026/11/21 10:31:30.123 +00:00] [WARN] [s3.go:1] ["will retry"] [error="api error AccessDenied: Access Denied"]';
    expect(classOf({ logTail: `${overcome}\n${INFO}\nkilled\n` })).toBe('unknown');
    expect(classOf({ logTail: overcome })).toBe('unknown');
  });

  test('is never found in random noise, not even around its own words', () => {
    const word = fc.constantFrom(...MISLEADING);
    const line = fc
      .array(fc.oneof(word, fc.string({ maxLength: 12 })), { maxLength: 12 })
      .map((parts) => parts.join(' ').replace(/[\r\n]/g, ' '));
    const noise = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(noise, noise, (logTail, reported) => {
        const evidence = { pods: [], logTail, jobReason: 'BackoffLimitExceeded', reported };
        expect(classifyFailure(evidence).retryable).toBe(true);
      }),
      { numRuns: 2_000, seed: 20_261_121 },
    );
    expect(permanent.length).toBeGreaterThan(4);
  });
});

test('every class has a name that a metric label can bear', () => {
  for (const name of Object.keys(FAILURE_CLASSES)) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
});
