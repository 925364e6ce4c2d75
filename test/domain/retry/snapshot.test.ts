import { describe, expect, test } from 'vitest';
import { logPhaseOf, statusWithLogCondition } from '../../../src/domain/backup/log-status.js';
import { decide } from '../../../src/domain/retry/decide.js';
import { resolveLogRetryPolicy } from '../../../src/domain/retry/policy.js';
import { exampleBackup, exampleJob, NOW_MS } from './example-backup.js';

const snapshot = (phase?: string, backoffRetryPolicy?: object) =>
  exampleBackup({
    spec: { backupMode: 'snapshot', backoffRetryPolicy },
    status: phase === undefined ? {} : { phase },
  });
const failed = exampleJob({ condition: 'Failed' });
const judge = (
  backup: ReturnType<typeof snapshot>,
  { job, operatorPresent = false }: { job?: typeof failed; operatorPresent?: boolean } = {},
) => decide({ backup, job, operatorPresent, nowMs: NOW_MS });

describe('a snapshot that is ours', () => {
  test('gets its first Job', () => {
    expect(judge(snapshot())).toEqual({ kind: 'CreateFirstJob', command: 'snapshot' });
  });

  test('is retried by the stock policy where it has none: 2 retries from 5 minutes within 30', () => {
    expect(judge(snapshot('Running'), { job: failed })).toMatchObject({
      kind: 'Record',
      command: 'snapshot',
      retryNum: 1,
      dueMs: NOW_MS + 300_000,
      policy: { enabled: true, maxRetryTimes: 2, retryTimeoutMs: 1_800_000 },
    });
  });

  test('is not retried where it says 0', () => {
    const off = snapshot('Running', { maxRetryTimes: 0 });
    expect(judge(off, { job: failed })).toMatchObject({ kind: 'EndBadly', reason: 'JobFailed' });
  });

  test('takes the triple that the stock CRD writes as it stands', () => {
    const stock = { maxRetryTimes: 2, minRetryDuration: '300s', retryTimeout: '30m' };
    expect(resolveLogRetryPolicy(snapshot(undefined, stock)).policy?.enabled).toBe(true);
  });

  test('is healthy when it is Complete, whatever became of its Job', () => {
    expect(judge(snapshot('Complete'))).toEqual({ kind: 'Leave', reason: 'Healthy' });
    expect(judge(snapshot('Complete'), { job: exampleJob({ condition: 'Complete' }) })).toEqual({
      kind: 'Leave',
      reason: 'Healthy',
    });
  });

  test('whose Job was deleted while it ran has failed', () => {
    expect(judge(snapshot('Running'))).toMatchObject({
      kind: 'Record',
      failure: { jobName: 'backup-orders', reason: 'the Job was deleted while the backup ran' },
    });
  });
});

describe('a snapshot that is not ours', () => {
  test.each([
    ['that TiDB Operator owns', judge(snapshot('Running'), { job: failed, operatorPresent: true })],
    ['that nobody has started, beside TiDB Operator', judge(snapshot(), { operatorPresent: true })],
    ['that is an export without BR', judge(exampleBackup({ spec: { backupMode: 'snapshot', br: null } }))],
  ])('%s is left alone', (_name, decision) => {
    expect(decision).toEqual({ kind: 'Leave', reason: 'NotOurs' });
  });
});

test('the conditions of a snapshot stand at the top level alone', () => {
  const status = statusWithLogCondition(
    { phase: 'Failed' },
    { command: 'snapshot', type: 'Scheduled', now: '2026-11-21T10:30:00Z' },
  );
  expect(status).toEqual({
    phase: 'Scheduled',
    conditions: [{ type: 'Scheduled', status: 'True', lastTransitionTime: '2026-11-21T10:30:00Z' }],
  });
  expect(logPhaseOf(status, 'snapshot')).toBe('Scheduled');
});
