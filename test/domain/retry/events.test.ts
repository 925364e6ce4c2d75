import { expect, test } from 'vitest';
import { decide } from '../../../src/domain/retry/decide.js';
import { badEndEvents, retryStartedEvent } from '../../../src/domain/retry/events.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './example-backup.js';

const failedOnce = (spec: object = {}) =>
  decide({
    backup: exampleBackup({ spec: { ...spec }, status: logStart('Running') }),
    job: exampleJob({ condition: 'Failed' }),
    operatorPresent: false,
    nowMs: NOW_MS,
  });

test('RetryStarted says which retry, when, in how long and why', () => {
  const decision = failedOnce();
  if (decision.kind !== 'Record') throw new Error(decision.kind);
  expect(retryStartedEvent(decision, { reason: 'OOMKilled', delayMs: 60_000 })).toEqual({
    type: 'Normal',
    reason: 'RetryStarted',
    message: 'retry 1/5 at 10:30:30Z (in 60s): OOMKilled',
    key: 'job-1/1',
  });
});

test('a bad end without retries is BackupFailed alone, an exhausted one is both', () => {
  const decision = failedOnce({ backoffRetryPolicy: null });
  if (decision.kind !== 'EndBadly') throw new Error(decision.kind);
  expect(badEndEvents(decision, 'm').map(({ reason }) => reason)).toEqual(['BackupFailed']);
  const exhausted = { ...decision, reason: 'RetryTimeout' } as const;
  expect(badEndEvents(exhausted, 'm').map(({ reason }) => reason)).toEqual([
    'RetryExhausted',
    'BackupFailed',
  ]);
});
