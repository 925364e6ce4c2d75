import { describe, expect, test } from 'vitest';
import type { LogSubcommand } from '../../../src/domain/backup/log-subcommand.js';
import type { FailureEvidence } from '../../../src/domain/retry/evidence.js';
import { doneBefore, statusOfDone } from '../../../src/domain/retry/refused-subcommand.js';
import { exampleBackup, NOW_MS } from './example-backup.js';

const EXISTS = '[BR:Stream:ErrStreamLogTaskExist]stream task already exists';
const NOW = '2026-11-21T10:30:00Z';

const saying = (reported: string): FailureEvidence => ({
  pods: [],
  logTail: undefined,
  jobReason: 'BackoffLimitExceeded',
  reported,
});
const done = (command: LogSubcommand, reported: string, status: Record<string, unknown> = {}) =>
  doneBefore({ backup: exampleBackup({ status }), command, evidence: saying(reported), nowMs: NOW_MS });
const noTask = (name: string) => `no such task ${name}: [BR:PiTR:ErrTaskNotFound]task not found`;

describe('a start that BR refused because a log task exists', () => {
  test('was done before where the task is ours, from when BR says', () => {
    expect(done('log-start', `{taskName=orders,startTs=4545}: ${EXISTS}`)).toStrictEqual({
      commitTs: '4545',
      timeStarted: NOW,
      timeCompleted: NOW,
    });
  });

  test('keeps the log from now on where nobody says from when', () => {
    const fields = done('log-start', `task name: orders: ${EXISTS}`);
    expect(BigInt(fields?.commitTs ?? 0) >> 18n).toBe(BigInt(NOW_MS));
  });

  test.each([
    ['names no task', `allow only one running task: ${EXISTS}`],
    ['has our name only as a word', `of orders, allow only one running task orders: ${EXISTS}`],
    ['names another task', `{taskName=orders-2,startTs=4545}: ${EXISTS}`],
    ['is another refusal', '{taskName=orders}: [BR:Common:ErrInvalidArgument]invalid argument'],
  ])('is not certain to be done where BR %s', (_what, said) => {
    expect(done('log-start', said)).toBeUndefined();
  });
});

describe('a stop that BR refused because there is no such task', () => {
  const started = { commitTs: '4545' };

  test('was done before where ours was started', () => {
    expect(done('log-stop', noTask('orders'), started)).toStrictEqual({ timeCompleted: NOW });
  });

  test.each<[string, LogSubcommand, string, Record<string, unknown>]>([
    ['ours was never started', 'log-stop', noTask('orders'), {}],
    ['it is about another task', 'log-stop', noTask('orders-2'), started],
    ['it is a pause: the log has a hole', 'log-pause', noTask('orders'), started],
    ['it is a resume: the log has a hole', 'log-resume', noTask('orders'), started],
  ])('is not done where %s', (_what, command, said, status) => {
    expect(done(command, said, status)).toBeUndefined();
  });
});

test('the status of a start that was done before is that of a healthy log backup', () => {
  const failed = { type: 'Failed', status: 'True', lastTransitionTime: NOW, reason: 'StartLogBackupFailed' };
  const { status } = exampleBackup({
    status: {
      phase: 'Failed',
      conditions: [failed],
      logSubCommandStatuses: { 'log-start': { command: 'log-start', phase: 'Failed', conditions: [failed] } },
    },
  });
  const fields = { commitTs: '4545', timeStarted: NOW, timeCompleted: NOW };
  const after = statusOfDone(status, { command: 'log-start', fields, nowMs: NOW_MS });
  expect(after).toMatchObject({ phase: 'Running', commitTs: '4545' });
  expect(after.conditions?.map(({ type }) => type)).toEqual(['Running']);
  expect(after.logSubCommandStatuses?.['log-start']).toMatchObject({ phase: 'Complete' });
});

test('the status of a stop that was done before is that of a stopped one', () => {
  const { status } = exampleBackup({
    status: { phase: 'Running', logSubCommandStatuses: { 'log-stop': { phase: 'Failed' } } },
  });
  const after = statusOfDone(status, {
    command: 'log-stop',
    fields: { timeCompleted: NOW },
    nowMs: NOW_MS,
  });
  expect(after).toMatchObject({ phase: 'Stopped', timeCompleted: NOW });
});
