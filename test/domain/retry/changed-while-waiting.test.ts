import { describe, expect, test } from 'vitest';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { decide } from '../../../src/domain/retry/decide.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './example-backup.js';

const FAILED_AT = '2026-11-21T10:29:50Z';
const at = (seconds: number): number => Date.parse(FAILED_AT) + seconds * 1_000;

/** A Backup whose retry 1 waits since 10:29:50 under base 30s; its spec is `spec` now. */
function waiting(spec: { [key: string]: unknown } = {}, expectedRetryAt = '2026-11-21T10:30:20Z') {
  const first = decide({
    backup: exampleBackup({ status: logStart('Running') }),
    job: exampleJob({ condition: 'Failed' }),
    operatorPresent: false,
    nowMs: at(0),
  });
  if (first.kind !== 'Record') throw new Error(first.kind);
  return exampleBackup({
    spec,
    metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(first.incident) } },
    status: {
      ...logStart('Running'),
      backoffRetryStatus: [
        {
          retryNum: 1,
          detectFailedAt: FAILED_AT,
          expectedRetryAt,
          retryReason: 'Job backup-orders-log-start has failed',
        },
      ],
    },
  });
}
const judge = (backup: ReturnType<typeof waiting>, nowMs = NOW_MS) =>
  decide({ backup, job: exampleJob({ condition: 'Failed' }), operatorPresent: false, nowMs });
const policy = (changes: object) => ({
  backoffRetryPolicy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '30s', ...changes },
});

describe('a policy edited while a retry waits', () => {
  test('a shorter delay makes it earlier, counted from the failure', () => {
    expect(judge(waiting(policy({ minRetryDuration: '20s' })), at(5))).toMatchObject({
      kind: 'Reschedule',
      retryNum: 1,
      dueMs: at(20),
    });
  });

  test('a delay that would be over already makes it due now, not in the past', () => {
    expect(judge(waiting(policy({ minRetryDuration: '1s' })), at(5))).toMatchObject({
      kind: 'Reschedule',
      dueMs: at(5),
    });
  });

  test('what was made earlier stays so', () => {
    const again = waiting(policy({ minRetryDuration: '20s' }), '2026-11-21T10:30:10Z');
    expect(judge(again, at(5))).toMatchObject({ kind: 'Retry', dueMs: at(20) });
  });

  test.each([
    ['a longer delay', policy({ minRetryDuration: '10m' })],
    ['fewer retries', policy({ maxRetryTimes: 1 })],
    ['anything else', { br: { cluster: 'other' } }],
  ])('%s applies to the next decision only', (_name, spec) => {
    expect(judge(waiting(spec))).toMatchObject({ kind: 'Retry', retryNum: 1, dueMs: at(30) });
  });

  test('retry switched off ends it at once', () => {
    expect(judge(waiting(policy({ maxRetryTimes: 0 })))).toMatchObject({
      kind: 'EndBadly',
      reason: 'JobFailed',
      explanation: expect.stringContaining('disabled'),
    });
  });

  test('a retry that a person asked for runs though retry was disabled before', () => {
    const off = policy({ maxRetryTimes: 0 });
    const disabled = exampleBackup({ spec: off });
    const judged = decide({
      backup: exampleBackup({ spec: off, status: logStart('Running') }),
      job: exampleJob({ condition: 'Failed' }),
      operatorPresent: false,
      nowMs: at(0),
    });
    if (judged.kind !== 'EndBadly') throw new Error(judged.kind);
    const asked = exampleBackup({
      spec: off,
      metadata: {
        annotations: {
          'holdfast.dev/incident': JSON.stringify({ ...judged.incident, state: 'open', retries: 1 }),
        },
      },
      status: { ...logStart('Failed'), backoffRetryStatus: [{ retryNum: 1, expectedRetryAt: FAILED_AT }] },
    });
    expect(asked.spec).toEqual(disabled.spec);
    expect(judge(asked)).toMatchObject({ kind: 'Retry', retryNum: 1 });
  });
});

describe('another sub-command than the one that failed', () => {
  test('is a first run, not a retry of the other', () => {
    const backup = waiting({ logStop: true });
    const started = { ...backup, status: { ...backup.status, commitTs: '450000000000000000' } };
    const alone = { backup: started, job: undefined, nowMs: NOW_MS };
    expect(decide({ ...alone, operatorPresent: true })).toEqual({ kind: 'Leave', reason: 'OperatorCreates' });
  });

  test('nothing is stopped, paused or truncated before the log backup has started', () => {
    const backup = exampleBackup({ spec: { logStop: true } });
    expect(decide({ backup, job: undefined, operatorPresent: false, nowMs: NOW_MS })).toEqual({
      kind: 'Leave',
      reason: 'NotStarted',
    });
  });
});

describe('a second run of a sub-command', () => {
  const started = { phase: 'Running', commitTs: '450000000000000000' };

  test('a pause after a resume gets a new Job in place of the ended one', () => {
    const backup = exampleBackup({
      spec: { logSubcommand: 'log-pause' },
      status: { ...started, logSubCommandStatuses: { 'log-pause': { phase: 'Repeatable' } } },
    });
    const judged = (operatorPresent: boolean) =>
      decide({ backup, job: exampleJob({ condition: 'Complete' }), operatorPresent, nowMs: NOW_MS });
    expect(judged(false)).toEqual({ kind: 'CreateFirstJob', command: 'log-pause' });
    expect(judged(true)).toEqual({ kind: 'Leave', reason: 'OperatorCreates' });
  });

  test('a truncation to another point too, and the same point only once', () => {
    const status = {
      ...started,
      logSuccessTruncateUntil: '450000000000000001',
      logSubCommandStatuses: {
        'log-truncate': { phase: 'Complete', logTruncatingUntil: '450000000000000001' },
      },
    };
    const judged = (logTruncateUntil: string, job?: Job) =>
      decide({
        backup: exampleBackup({ spec: { logTruncateUntil }, status }),
        job,
        operatorPresent: false,
        nowMs: NOW_MS,
      });
    expect(judged('450000000000000002', exampleJob({ condition: 'Complete' }))).toEqual({
      kind: 'CreateFirstJob',
      command: 'log-truncate',
    });
    expect(judged('450000000000000001')).toEqual({ kind: 'Leave', reason: 'Healthy' });
  });
});
