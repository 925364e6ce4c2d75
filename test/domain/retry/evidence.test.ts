import { describe, expect, test } from 'vitest';
import { Pod } from '../../../src/domain/kubernetes/pod.js';
import {
  lastMeaningfulLine,
  lastWords,
  originalReason,
  reportedFailure,
} from '../../../src/domain/retry/evidence.js';

function pod(status: object): Pod {
  const metadata = {
    name: 'p',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-11-21T10:00:00Z',
  };
  return Pod.parse({ metadata, status });
}
const ended = (terminated: object) => pod({ containerStatuses: [{ name: 'backup', state: { terminated } }] });

describe('originalReason', () => {
  test.each<[string, Parameters<typeof originalReason>[0], string]>([
    [
      'how the container ended',
      {
        pods: [ended({ exitCode: 137, reason: 'OOMKilled' })],
        logTail: undefined,
        jobReason: 'BackoffLimitExceeded',
      },
      'OOMKilled (container backup, exit code 137)',
    ],
    [
      'the eviction',
      {
        pods: [pod({ phase: 'Failed', reason: 'Evicted', message: 'node low on memory' })],
        logTail: undefined,
        jobReason: 'x',
      },
      'Evicted (node low on memory)',
    ],
    [
      'the init container that failed',
      {
        pods: [pod({ initContainerStatuses: [{ name: 'br', state: { terminated: { exitCode: 2 } } }] })],
        logTail: undefined,
        jobReason: 'x',
      },
      'Error (container br, exit code 2)',
    ],
    [
      "the Job's own word",
      { pods: [], logTail: undefined, jobReason: 'DeadlineExceeded' },
      'DeadlineExceeded',
    ],
    [
      'with the last telling line of the log',
      {
        pods: [ended({ exitCode: 1, reason: 'Error' })],
        logTail: 'starting\nError: SlowDown: reduce your rate\nbye\n',
        jobReason: 'x',
      },
      'Error (container backup, exit code 1): SlowDown: reduce your rate',
    ],
    [
      'why the pod was lost with its node',
      {
        pods: [pod({ phase: 'Failed', reason: 'Terminated', message: 'imminent node shutdown' })],
        logTail: undefined,
        jobReason: 'x',
      },
      'Terminated (imminent node shutdown)',
    ],
    [
      'why a pod never ran',
      {
        pods: [
          pod({
            containerStatuses: [
              {
                name: 'backup',
                state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } },
              },
            ],
          }),
        ],
        logTail: undefined,
        jobReason: 'x',
      },
      'ImagePullBackOff (container backup): Back-off pulling image "x"',
    ],
    [
      "the Job's word where a container only is being made",
      {
        pods: [
          pod({ containerStatuses: [{ name: 'b', state: { waiting: { reason: 'ContainerCreating' } } }] }),
        ],
        logTail: undefined,
        jobReason: 'FailureTarget',
      },
      'FailureTarget',
    ],
    [
      'what the in-pod manager reported, where no log can be read',
      {
        pods: [ended({ exitCode: 1, reason: 'Error' })],
        logTail: undefined,
        jobReason: 'x',
        reported: 'BR exited with code 1: SlowDown secret_key=hunter2',
      },
      'Error (container backup, exit code 1): BR exited with code 1: SlowDown secret_key=[redacted]',
    ],
  ])('says %s', (_name, evidence, expected) => {
    expect(originalReason(evidence)).toBe(expected);
  });

  test('is at most 256 characters long and one line', () => {
    const reason = originalReason({ pods: [], logTail: `Error: ${'y'.repeat(500)}\u0007`, jobReason: 'x' });
    expect(reason.length).toBeLessThanOrEqual(256);
    expect(reason).not.toMatch(/\p{Cc}/u);
  });
});

describe('reportedFailure', () => {
  const status = (phase: string, reason = 'StartLogBackupFailed') => ({
    logSubCommandStatuses: {
      'log-start': { phase, conditions: [{ type: 'Failed', status: 'True', reason, message: 'it broke' }] },
    },
  });

  test('is what the in-pod manager wrote about the run that failed', () => {
    expect(reportedFailure(status('Failed'), 'log-start')).toBe('it broke');
  });

  test('is not the word about an earlier run, after which another began', () => {
    expect(reportedFailure(status('Running'), 'log-start')).toBeUndefined();
  });

  test('is not our own bad end, which repeats what was said before', () => {
    expect(reportedFailure(status('Failed', 'PermanentFailure'), 'log-start')).toBeUndefined();
  });

  test('is not that of another sub-command', () => {
    expect(reportedFailure(status('Failed'), 'log-stop')).toBeUndefined();
  });
});

describe('lastMeaningfulLine', () => {
  test.each([
    [
      '[2026/11/21 10:31:30.123 +00:00] [ERROR] [main.go:60] ["br failed"] [error="no space left"]',
      '["br failed"] [error="no space left"]',
    ],
    ['Error: boom\n\nUsage:\n  br log start [flags]\n\nFlags:\n      --pd string\n', 'Error: boom'],
    ['panic: boom error\n\ngoroutine 1 [running]:\n\n----\n', 'panic: boom error'],
    ['only chatter\n', 'only chatter'],
  ])('finds what tells most in %j', (log, line) => {
    expect(lastMeaningfulLine(log)).toBe(line);
  });

  test('finds nothing in nothing', () => {
    expect(lastMeaningfulLine('\n  \n---\n')).toBeUndefined();
  });

  test.each([
    ['error: AccessDenied for AKIAABCDEFGHIJKLMNOP', 'AKIAABCDEFGHIJKLMNOP'],
    ['failed: secret_access_key=wJalrXUtnFEMI/K7MDENG', 'wJalrXUtnFEMI'],
    ['failed GET https://user:hunter22@host/x', 'hunter22'],
    ['failed GET https://h/x?X-Amz-Signature=deadbeef01', 'deadbeef01'],
    ['error: Authorization: Bearer abc.def.ghi', 'abc.def.ghi'],
    ['error: password: "hunter22"', 'hunter22'],
    ['failed: https://acc.blob/x?sig=Zm9vYmFy%3D&se=1', 'Zm9vYmFy'],
  ])('never shows the secret in %s', (line, secret) => {
    expect(lastMeaningfulLine(line)).not.toContain(secret);
  });
});

describe('last words', () => {
  test.each([
    ['nothing where no pod tells anything', { pods: [], logTail: undefined }, undefined],
    ['a log line alone', { pods: [], logTail: 'Error: no space left' }, 'no space left'],
  ])('are %s', (_name, evidence, expected) => {
    expect(lastWords(evidence)).toBe(expected);
  });
});
