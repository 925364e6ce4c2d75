import { describe, expect, test } from 'vitest';
import { summarizeBackup } from '../../../src/cli/backups/backup-summary.js';
import {
  backupObject,
  exhausted,
  healthyStatus,
  jobObject,
  seenBackup,
  waitingForRetry,
} from '../cli-world.js';

const complete = jobObject({ ended: { type: 'Complete', at: '2026-11-21T10:30:01Z' } });
const failed = jobObject({
  ended: { type: 'Failed', at: '2026-11-21T10:30:29Z', reason: 'BackoffLimitExceeded' },
});
const longAgo = jobObject({
  ended: { type: 'Failed', at: '2025-01-01T00:00:00Z', reason: 'BackoffLimitExceeded' },
});
const blocked = {
  phase: 'RetryFailed',
  logSubCommandStatuses: {
    'log-start': {
      phase: 'RetryFailed',
      conditions: [
        { type: 'RetryFailed', status: 'True', reason: 'TidbClusterNotFound', message: 'no basic' },
      ],
    },
  },
};

describe('the next action is what a worker would do now', () => {
  test.each([
    ['a new Backup', backupObject(), {}, 'Now', 'create the first Job (log-start)'],
    [
      'a new Backup beside an operator',
      backupObject(),
      { operatorPresent: true },
      'Wait',
      'TiDB Operator creates the first Job',
    ],
    [
      'a missing TidbCluster',
      backupObject({ status: blocked }),
      {},
      'Wait',
      'wait for what is missing, then create the first Job (log-start)',
    ],
    ['a running Job', backupObject(), { job: jobObject() }, 'Wait', 'the Job runs'],
    [
      'a Job that has just failed',
      backupObject(),
      { job: failed },
      'Now',
      'record the failure and plan retry 1',
    ],
    ['success', backupObject({ status: healthyStatus() }), { job: complete }, 'None', 'none: healthy'],
    [
      'an old failure',
      backupObject(),
      { job: longAgo },
      'LeftAlone',
      'left alone: failed longer ago than its retry time-out (2h)',
    ],
    [
      'a volume snapshot',
      backupObject({ spec: { backupMode: 'volume-snapshot' } }),
      {},
      'None',
      'none of ours: TiDB Operator retries it',
    ],
    [
      'a bad duration',
      backupObject({ spec: { backoffRetryPolicy: { minRetryDuration: 'banana' } } }),
      {},
      'Now',
      expect.stringMatching(/^mark as Invalid: .*"banana"/),
    ],
    [
      'a deleted Backup',
      backupObject({ deletionTimestamp: '2026-11-21T10:31:00Z' }),
      {},
      'None',
      'the Backup is being deleted',
    ],
  ])('%s', (_name, backup, extra, kind, what) => {
    expect(summarizeBackup(seenBackup(backup, extra)).nextAction).toEqual({ kind, what });
  });

  test('a pending retry has its time', () => {
    const { backup, job } = waitingForRetry();
    expect(summarizeBackup(seenBackup(backup, { job })).nextAction).toEqual({
      kind: 'Retry',
      what: 'retry 2 of 5',
      at: '2026-11-21T10:31:30Z',
    });
  });

  test('an incident that has ended has none', () => {
    const { backup, job } = exhausted();
    const summary = summarizeBackup(seenBackup(backup, { job }));
    expect(summary.leftBecause).toBe('Settled');
    expect(summary.nextAction).toEqual({ kind: 'None', what: 'none: the incident has ended' });
  });
});

test('the next action of a stopped incident is the command that goes on', () => {
  const { backup, job } = exhausted();
  const stopped = JSON.stringify(backup).replace(
    String.raw`\"state\":\"settled\"`,
    String.raw`\"state\":\"stopped\"`,
  );
  const { nextAction } = summarizeBackup(seenBackup(JSON.parse(stopped), { job }));
  expect(nextAction.what).toBe("none: stopped ('holdfast backup resume' goes on)");
});

describe('the last reason', () => {
  test('comes from the record while the incident is open', () => {
    const { backup, job } = waitingForRetry();
    expect(summarizeBackup(seenBackup(backup, { job })).lastReason).toBe('SlowDown: status code: 503');
  });

  test('comes from the condition once it has ended', () => {
    const { backup, job } = exhausted();
    expect(summarizeBackup(seenBackup(backup, { job })).lastReason).toBe(
      'RetryExhausted: 5 of 5 retries used',
    );
  });

  test('is what stands in the way of a first Job', () => {
    const summary = summarizeBackup(seenBackup(backupObject({ status: blocked })));
    expect(summary.lastReason).toBe('TidbClusterNotFound: no basic');
  });

  test('is absent for a healthy Backup', () => {
    const summary = summarizeBackup(seenBackup(backupObject({ status: healthyStatus() }), { job: complete }));
    expect(summary).not.toHaveProperty('lastReason');
  });
});

test('retries that people added count into the budget', () => {
  const { backup, job } = waitingForRetry();
  const incident = {
    id: 'job-0',
    firstFailedAt: '2026-11-21T10:29:00Z',
    retries: 2,
    lastJobUid: 'job-1',
    extended: { retries: 3, timeoutMs: 0 },
    specHash: 'x',
    state: 'open',
  };
  backup.metadata.annotations = { 'holdfast.dev/incident': JSON.stringify(incident) };
  expect(summarizeBackup(seenBackup(backup, { job }))).toMatchObject({ retries: 2, maxRetries: 8 });
});
