import { describe, expect, test } from 'vitest';
import type { BackupStatus } from '../../../src/domain/backup/backup.js';
import {
  logPhaseOf,
  logStatusPatch,
  statusWithLogCondition,
  statusWithoutLogCondition,
  type LogConditionUpdate,
} from '../../../src/domain/backup/log-status.js';

const T1 = '2026-11-21T10:00:00Z';
const T2 = '2026-11-21T10:01:00Z';

function after(...updates: readonly LogConditionUpdate[]): BackupStatus {
  return updates.reduce(statusWithLogCondition, {});
}

describe('the phase of the whole Backup', () => {
  const running = after({ command: 'log-start', type: 'Running', now: T1 });
  test.each([
    ['log-start', 'Scheduled', 'Scheduled'],
    ['log-start', 'Prepare', 'Prepare'],
    ['log-start', 'Running', 'Running'],
    ['log-start', 'Failed', 'Failed'],
    ['log-start', 'RetryFailed', 'RetryFailed'],
    ['log-start', 'Invalid', 'Invalid'],
    ['log-start', 'Complete', 'Running'],
    ['log-pause', 'Running', 'Running'],
    ['log-pause', 'Failed', 'Running'],
    ['log-pause', 'Complete', 'Paused'],
    ['log-resume', 'Scheduled', 'Running'],
    ['log-resume', 'Complete', 'Running'],
    ['log-stop', 'Failed', 'Running'],
    ['log-stop', 'Complete', 'Stopped'],
    ['log-truncate', 'Running', 'Running'],
    ['log-truncate', 'Complete', 'Running'],
  ] as const)('after %s %s is %s', (command, type, phase) => {
    const status = statusWithLogCondition(running, { command, type, now: T2 });
    expect(status.phase).toBe(phase);
    expect(logPhaseOf(status, command)).toBe(type);
  });
});

test('a log backup that started is Running with a commitTs, and only its sub-status is Complete and has an end', () => {
  const status = after(
    { command: 'log-start', type: 'Scheduled', now: T1 },
    { command: 'log-start', type: 'Prepare', now: T1 },
    { command: 'log-start', type: 'Running', now: T1, fields: { backupPath: 's3://backups/orders' } },
    {
      command: 'log-start',
      type: 'Complete',
      now: T2,
      fields: { commitTs: '454500000000000001', timeStarted: T1, timeCompleted: T2 },
    },
  );
  expect(status).toStrictEqual({
    phase: 'Running',
    backupPath: 's3://backups/orders',
    commitTs: '454500000000000001',
    timeStarted: T1,
    conditions: [
      { type: 'Scheduled', status: 'True', lastTransitionTime: T1 },
      { type: 'Prepare', status: 'True', lastTransitionTime: T1 },
      { type: 'Running', status: 'True', lastTransitionTime: T1 },
    ],
    logSubCommandStatuses: {
      'log-start': {
        command: 'log-start',
        phase: 'Complete',
        timeStarted: T1,
        timeCompleted: T2,
        conditions: [
          { type: 'Scheduled', status: 'True', lastTransitionTime: T1 },
          { type: 'Prepare', status: 'True', lastTransitionTime: T1 },
          { type: 'Running', status: 'True', lastTransitionTime: T1 },
          { type: 'Complete', status: 'True', lastTransitionTime: T2 },
        ],
      },
    },
  });
});

test('a stop ends the whole Backup but does not change when it started', () => {
  const status = statusWithLogCondition(
    { timeStarted: T1 },
    { command: 'log-stop', type: 'Complete', now: T2, fields: { timeStarted: T2, timeCompleted: T2 } },
  );
  expect(status).toMatchObject({ phase: 'Stopped', timeStarted: T1, timeCompleted: T2 });
  expect(status.logSubCommandStatuses?.['log-stop']).toMatchObject({ timeStarted: T2, timeCompleted: T2 });
});

test('a truncation moves only the truncation point of the whole Backup', () => {
  const status = after(
    { command: 'log-truncate', type: 'Scheduled', now: T1, fields: { logTruncatingUntil: '4545' } },
    {
      command: 'log-truncate',
      type: 'Complete',
      now: T2,
      fields: { timeStarted: T1, timeCompleted: T2, logSuccessTruncateUntil: '4545' },
    },
  );
  expect(Object.keys(status).sort()).toEqual(['logSubCommandStatuses', 'logSuccessTruncateUntil']);
  expect(status.logSubCommandStatuses?.['log-truncate']).toMatchObject({
    phase: 'Complete',
    logTruncatingUntil: '4545',
    timeCompleted: T2,
  });
});

test('a completed pause makes a resume of before repeatable, and the other way round', () => {
  const paused = after(
    { command: 'log-resume', type: 'Complete', now: T1 },
    { command: 'log-pause', type: 'Complete', now: T2 },
  );
  expect([logPhaseOf(paused, 'log-resume'), logPhaseOf(paused, 'log-pause')]).toEqual([
    'Repeatable',
    'Complete',
  ]);
  const resumed = statusWithLogCondition(paused, { command: 'log-resume', type: 'Complete', now: T2 });
  expect([logPhaseOf(resumed, 'log-resume'), logPhaseOf(resumed, 'log-pause')]).toEqual([
    'Complete',
    'Repeatable',
  ]);
});

test('a condition that is True already keeps its time and takes the new reason', () => {
  const status = after(
    { command: 'log-start', type: 'Failed', reason: 'StartLogBackupFailed', message: 'first', now: T1 },
    { command: 'log-start', type: 'Failed', reason: 'RetryExhausted', now: T2 },
  );
  const failed = [{ type: 'Failed', status: 'True', lastTransitionTime: T1, reason: 'RetryExhausted' }];
  expect(status.conditions).toStrictEqual(failed);
  expect(status.logSubCommandStatuses?.['log-start']?.conditions).toStrictEqual(failed);
});

test('a condition that was False moves its time', () => {
  const status = statusWithLogCondition(
    { conditions: [{ type: 'Running', status: 'False', lastTransitionTime: T1 }] },
    { command: 'log-start', type: 'Running', now: T2 },
  );
  expect(status.conditions).toEqual([{ type: 'Running', status: 'True', lastTransitionTime: T2 }]);
});

test('conditions that somebody doubled become one again, where the first stood', () => {
  const status = statusWithLogCondition(
    {
      conditions: [
        { type: 'Failed', status: 'True', command: 'log-start', lastTransitionTime: T1 },
        { type: 'Running', status: 'True', lastTransitionTime: T1 },
        { type: 'Failed', status: 'True', lastTransitionTime: T1 },
      ],
    },
    { command: 'log-start', type: 'Failed', now: T2 },
  );
  expect(status.conditions?.map(({ type }) => type)).toEqual(['Failed', 'Running']);
});

test('what is not described here survives', () => {
  const before: BackupStatus = {
    progresses: [{ step: 'x' }],
    backoffRetryStatus: [{ retryNum: 1 }],
    logSubCommandStatuses: { 'log-stop': { phase: 'Complete', extra: 1 } },
  };
  expect(statusWithLogCondition(before, { command: 'log-start', type: 'Prepare', now: T1 })).toMatchObject(
    before,
  );
});

describe('taking Failed away for a restart', () => {
  const failed = after(
    { command: 'log-start', type: 'Scheduled', now: T1 },
    { command: 'log-start', type: 'Failed', now: T1 },
    { command: 'log-stop', type: 'Failed', now: T1 },
  );
  const types = (status: BackupStatus) => ({
    top: status.conditions?.map(({ type }) => type),
    start: status.logSubCommandStatuses?.['log-start']?.conditions?.map(({ type }) => type),
    stop: status.logSubCommandStatuses?.['log-stop']?.conditions?.map(({ type }) => type),
  });

  test('removes it at the top level and in the sub-status of that command only', () => {
    expect(types(statusWithoutLogCondition(failed, { command: 'log-start', type: 'Failed' }))).toEqual({
      top: ['Scheduled'],
      start: ['Scheduled'],
      stop: ['Failed'],
    });
  });
  test('of another command leaves the top level as it is', () => {
    expect(types(statusWithoutLogCondition(failed, { command: 'log-stop', type: 'Failed' }))).toEqual({
      top: ['Scheduled', 'Failed'],
      start: ['Scheduled', 'Failed'],
      stop: [],
    });
  });
  test('changes nothing where there is none', () => {
    expect(statusWithoutLogCondition({}, { command: 'log-start', type: 'Failed' })).toStrictEqual({});
  });
});

describe('the merge patch', () => {
  test('is empty where nothing changed, also when the same condition is written again', () => {
    const update = { command: 'log-start', type: 'Running', now: T1 } as const;
    const status = after(update);
    expect(logStatusPatch(status, statusWithLogCondition(status, { ...update, now: T2 }))).toEqual({});
  });
  test('has arrays whole, and of the sub-commands only the one that changed', () => {
    const before = after(
      { command: 'log-start', type: 'Running', now: T1 },
      { command: 'log-stop', type: 'Scheduled', now: T1 },
    );
    const next = statusWithLogCondition(before, { command: 'log-start', type: 'Complete', now: T2 });
    expect(logStatusPatch(before, next)).toStrictEqual({
      logSubCommandStatuses: {
        'log-start': {
          phase: 'Complete',
          conditions: [
            { type: 'Running', status: 'True', lastTransitionTime: T1 },
            { type: 'Complete', status: 'True', lastTransitionTime: T2 },
          ],
        },
      },
    });
  });
  test('says null for what is gone and leaves a null of before alone', () => {
    expect(logStatusPatch({ commitTs: '1', timeCompleted: null }, {})).toStrictEqual({ commitTs: null });
  });
});
