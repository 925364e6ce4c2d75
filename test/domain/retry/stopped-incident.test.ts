import { describe, expect, test } from 'vitest';
import type { Backup } from '../../../src/domain/backup/backup.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { decide } from '../../../src/domain/retry/decide.js';
import { backupInIncident, BEGUN } from './backup-in-incident.js';
import { exampleJob, NOW_MS } from './example-backup.js';

const judge = (backup: Backup, job?: Job) => decide({ backup, job, operatorPresent: false, nowMs: NOW_MS });
const stoppedWhileRunning = (phase: string) =>
  backupInIncident({
    incident: {
      state: 'stopped',
      stopPending: true,
      lastRequest: {
        id: 'u1',
        kind: 'stopRetrying',
        at: '2026-11-21T10:29:00Z',
        by: 'alice@laptop',
        summary: '',
      },
    },
    record: BEGUN,
    phase,
  });
const secondJob = (condition?: 'Failed' | 'Complete') =>
  exampleJob({ uid: 'job-2', ...(condition !== undefined && { condition }) });

describe('an incident that was stopped while a Job ran', () => {
  test('is left alone while the Job runs', () => {
    expect(judge(stoppedWhileRunning('Running'), secondJob())).toEqual({ kind: 'Leave', reason: 'Running' });
  });

  test.each([
    ['fails', 'Failed', secondJob('Failed')],
    ['is deleted', 'Running', undefined],
  ])('ends as RetryStopped when the Job %s', (_how, phase, job) => {
    const decision = judge(stoppedWhileRunning(phase), job);
    expect(decision).toMatchObject({
      kind: 'EndBadly',
      reason: 'RetryStopped',
      explanation: 'retrying was stopped by alice@laptop at 2026-11-21T10:29:00Z while the Job ran',
      incident: { state: 'stopped', retries: 1 },
    });
    if (decision.kind !== 'EndBadly') return;
    expect(decision.incident.stopPending).toBeUndefined();
    expect(decision.incident.lastJobUid).toBe(decision.failure.jobUid);
  });

  test('ends as RetryStopped where its retry never came to a Job', () => {
    expect(judge(stoppedWhileRunning('Scheduled'))).toMatchObject({
      kind: 'EndBadly',
      reason: 'RetryStopped',
      explanation: 'retrying was stopped by alice@laptop at 2026-11-21T10:29:00Z; retry 1 has no Job',
      failure: { reason: 'OOMKilled' },
      incident: { state: 'stopped', lastJobUid: 'gone-log-start-1' },
    });
  });

  test('gives way to another sub-command that the spec asks for now', () => {
    const paused = backupInIncident({
      incident: { state: 'stopped', stopPending: true },
      record: { ...BEGUN, retryReason: 'Job backup-orders-log-start has failed' },
      spec: { logSubcommand: 'log-pause' },
    });
    expect(judge(paused)).not.toMatchObject({ kind: 'EndBadly' });
  });

  test('is settled when the Job succeeds', () => {
    const decision = judge(stoppedWhileRunning('Complete'), secondJob('Complete'));
    expect(decision).toMatchObject({ kind: 'Settle', incident: { retries: 1 } });
  });
});

describe('an incident that was stopped and has ended', () => {
  const ended = backupInIncident({
    incident: { state: 'stopped', lastJobUid: 'job-2' },
    record: BEGUN,
    reason: 'RetryStopped',
  });
  test('stays so for the Job that it ended with, and for one that is gone', () => {
    expect(judge(ended, secondJob('Failed'))).toEqual({ kind: 'Leave', reason: 'Settled' });
    expect(judge(ended)).toEqual({ kind: 'Leave', reason: 'Settled' });
  });

  test('stays so for the Job of its last retry, created late by a worker that was frozen', () => {
    const late = exampleJob({ uid: 'job-3', condition: 'Failed', labels: { 'holdfast.dev/attempt': '1' } });
    expect(judge(ended, late)).toEqual({ kind: 'Leave', reason: 'Settled' });
  });

  test('gives way to a new incident when another Job fails', () => {
    expect(judge(ended, exampleJob({ uid: 'job-3', condition: 'Failed' }))).toMatchObject({
      kind: 'Record',
      retryNum: 1,
    });
  });
});
