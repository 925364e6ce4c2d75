import { describe, expect, test } from 'vitest';
import type { Backup } from '../../../src/domain/backup/backup.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { decide } from '../../../src/domain/retry/decide.js';
import { specHash } from '../../../src/domain/spec-hash.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './example-backup.js';

const judge = (backup: Backup, job?: Job, operatorPresent = false) =>
  decide({ backup, job, operatorPresent, nowMs: NOW_MS });
const summary = (backup: Backup, job?: Job, operatorPresent = false): string => {
  const decision = judge(backup, job, operatorPresent);
  return 'reason' in decision ? `${decision.kind} ${decision.reason}` : decision.kind;
};

/** A Backup in the middle of an incident: retry 1 recorded, and begun where `realRetryAt` is there. */
function inIncident(
  changes: { incident?: object; record?: object; phase?: string; spec?: { [key: string]: unknown } } = {},
): Backup {
  const plain = exampleBackup(changes.spec === undefined ? {} : { spec: changes.spec });
  const incident = {
    id: 'job-1',
    firstFailedAt: '2026-11-21T10:29:30Z',
    retries: 1,
    lastJobUid: 'job-1',
    specHash: specHash(plain.spec),
    state: 'open',
    ...changes.incident,
  };
  const record = {
    retryNum: 1,
    detectFailedAt: '2026-11-21T10:29:30Z',
    expectedRetryAt: '2026-11-21T10:30:00Z',
    originalReason: 'OOMKilled',
    ...changes.record,
  };
  return exampleBackup({
    ...(changes.spec !== undefined && { spec: changes.spec }),
    metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } },
    status: { ...logStart(changes.phase ?? 'Running'), backoffRetryStatus: [record] },
  });
}
const begun = { record: { realRetryAt: '2026-11-21T10:30:00Z' } };

describe('without an incident', () => {
  test.each<[string, Backup, Job | undefined, string]>([
    ['nothing has run', exampleBackup(), undefined, 'CreateFirstJob'],
    [
      'scheduled, but the Job was not created',
      exampleBackup({ status: logStart('Scheduled') }),
      undefined,
      'CreateFirstJob',
    ],
    [
      'waiting for a TidbCluster',
      exampleBackup({ status: logStart('RetryFailed') }),
      undefined,
      'CreateFirstJob',
    ],
    ['the Job runs', exampleBackup({ status: logStart('Running') }), exampleJob(), 'Leave Running'],
    [
      'the Job has failed',
      exampleBackup({ status: logStart('Running') }),
      exampleJob({ condition: 'Failed' }),
      'Record',
    ],
    [
      'a pod hangs: FailureTarget is no end',
      exampleBackup({ status: logStart('Running') }),
      exampleJob({ condition: 'FailureTarget' }),
      'Leave Running',
    ],
    [
      'the pod reported Failed, the Job still runs',
      exampleBackup({ status: logStart('Failed') }),
      exampleJob(),
      'Leave Running',
    ],
    [
      'the pod reported Failed and exited 0',
      exampleBackup({ status: logStart('Failed') }),
      exampleJob({ condition: 'Complete' }),
      'Record',
    ],
    [
      'the Job was deleted while the backup ran',
      exampleBackup({ status: logStart('Running') }),
      undefined,
      'Record',
    ],
    [
      'complete',
      exampleBackup({ status: { ...logStart('Complete'), commitTs: '4' } }),
      exampleJob({ condition: 'Complete' }),
      'Leave Healthy',
    ],
    [
      'complete, and the Job failed after it',
      exampleBackup({ status: logStart('Complete') }),
      exampleJob({ condition: 'Failed' }),
      'Leave Healthy',
    ],
    [
      'the Job is gone after success',
      exampleBackup({ status: { ...logStart('Complete'), commitTs: '4' } }),
      undefined,
      'Leave Healthy',
    ],
    [
      'complete without a word',
      exampleBackup({ status: logStart('Running') }),
      exampleJob({ condition: 'Complete' }),
      'Await SubStatus',
    ],
    [
      'complete without a word for 60 s',
      exampleBackup({ status: logStart('Running') }),
      exampleJob({ condition: 'Complete', endedAt: '2026-11-21T10:29:00Z' }),
      'Leave Healthy',
    ],
    [
      'a predecessor has the Job',
      exampleBackup(),
      exampleJob({ owner: 'other-uid' }),
      'Await PredecessorGone',
    ],
    [
      'being deleted',
      exampleBackup({ metadata: { deletionTimestamp: '2026-11-21T10:29:00Z' } }),
      exampleJob({ condition: 'Failed' }),
      'Leave Deleting',
    ],
    [
      'a volume snapshot',
      exampleBackup({ spec: { backupMode: 'volume-snapshot' } }),
      undefined,
      'Leave NotOurs',
    ],
    [
      'the failure is older than the time-out',
      exampleBackup({ status: logStart('Running') }),
      exampleJob({ condition: 'Failed', endedAt: '2026-11-21T08:29:59Z' }),
      'Leave OldFailure',
    ],
    [
      'the failure is just younger',
      exampleBackup({ status: logStart('Running') }),
      exampleJob({ condition: 'Failed', endedAt: '2026-11-21T08:30:01Z' }),
      'Record',
    ],
    [
      'no retry asked for, our Job',
      exampleBackup({ spec: { backoffRetryPolicy: undefined }, status: logStart('Running') }),
      exampleJob({ condition: 'Failed' }),
      'EndBadly JobFailed',
    ],
    [
      'no retry asked for, not our Job',
      exampleBackup({ spec: { backoffRetryPolicy: undefined }, status: logStart('Running') }),
      exampleJob({ condition: 'Failed', labels: {} }),
      'Leave RetryDisabled',
    ],
  ])('%s', (_name, backup, job, expected) => {
    expect(summary(backup, job)).toBe(expected);
  });

  test('leaves the first Job to an operator that is there', () => {
    expect(summary(exampleBackup(), undefined, true)).toBe('Leave OperatorCreates');
  });
});

describe('in an incident', () => {
  test.each<[string, Backup, Job | undefined, string]>([
    ['the retry is recorded', inIncident(), exampleJob({ condition: 'Failed' }), 'Retry'],
    ['recorded, and somebody deleted the failed Job', inIncident(), undefined, 'Retry'],
    ['begun, the Job not created yet', inIncident({ ...begun, phase: 'Scheduled' }), undefined, 'Retry'],
    [
      'begun, the Job runs',
      inIncident({ ...begun, phase: 'Prepare' }),
      exampleJob({ uid: 'job-2' }),
      'Await JobRunning',
    ],
    [
      'begun, the next Job has failed',
      inIncident(begun),
      exampleJob({ uid: 'job-2', condition: 'Failed' }),
      'Record',
    ],
    [
      'begun, an old picture of the failed Job',
      inIncident(begun),
      exampleJob({ condition: 'Failed' }),
      'Await JobEnding',
    ],
    ['begun, then the Job was deleted', inIncident(begun), undefined, 'Record'],
    [
      'begun and complete',
      inIncident({ ...begun, phase: 'Complete' }),
      exampleJob({ uid: 'job-2', condition: 'Complete' }),
      'Settle',
    ],
    [
      'complete, the pod still ends',
      inIncident({ ...begun, phase: 'Complete' }),
      exampleJob({ uid: 'job-2' }),
      'Await JobEnding',
    ],
    [
      'settled, the same Job',
      inIncident({ incident: { state: 'settled' } }),
      exampleJob({ condition: 'Failed' }),
      'Leave Settled',
    ],
    [
      'settled, another Job failed',
      inIncident({ incident: { state: 'settled' } }),
      exampleJob({ uid: 'job-2', condition: 'Failed' }),
      'Record',
    ],
    [
      'settled, the spec changed',
      inIncident({ incident: { state: 'settled', specHash: 'other' } }),
      exampleJob({ condition: 'Failed' }),
      'Record',
    ],
    [
      'stopped, the same Job',
      inIncident({ incident: { state: 'stopped' } }),
      exampleJob({ condition: 'Failed' }),
      'Leave Settled',
    ],
    [
      'settled badly, the Job removed',
      inIncident({ incident: { state: 'settled' }, phase: 'Failed' }),
      undefined,
      'Leave Settled',
    ],
    [
      'the spec was invalid and is mended',
      inIncident({ incident: { state: 'invalid', specHash: 'other' } }),
      exampleJob({ condition: 'Failed' }),
      'Retry',
    ],
  ])('%s', (_name, backup, job, expected) => {
    expect(summary(backup, job)).toBe(expected);
  });

  test('a success gives the next failure a full budget', () => {
    const next = judge(
      inIncident({ incident: { state: 'settled', retries: 5 } }),
      exampleJob({ uid: 'job-9', condition: 'Failed' }),
    );
    expect(next).toMatchObject({ kind: 'Record', retryNum: 1, incident: { id: 'job-9', retries: 1 } });
  });

  test('ends when the retries are used, counting what people added', () => {
    const used = { incident: { retries: 5 }, record: { retryNum: 5, ...begun.record } };
    const failed = exampleJob({ uid: 'job-6', condition: 'Failed' });
    expect(judge(inIncident(used), failed)).toMatchObject({
      kind: 'EndBadly',
      reason: 'RetryExhausted',
      explanation: '5 of 5 retries used',
      incident: { state: 'settled', lastJobUid: 'job-6' },
    });
    const extended = { ...used, incident: { ...used.incident, extended: { retries: 1, timeoutMs: 0 } } };
    expect(judge(inIncident(extended), failed)).toMatchObject({ kind: 'Record', retryNum: 6 });
  });

  test('says at once that the next retry would start after the time-out', () => {
    const late = { ...begun, incident: { firstFailedAt: '2026-11-21T08:30:59Z' } };
    expect(judge(inIncident(late), exampleJob({ uid: 'job-2', condition: 'Failed' }))).toMatchObject({
      kind: 'EndBadly',
      reason: 'RetryTimeout',
      explanation:
        'retry 2 would start at 2026-11-21T10:31:00Z, after the time-out of 2h0m0s from the first failure (2026-11-21T08:30:59Z)',
    });
    const inTime = { ...begun, incident: { firstFailedAt: '2026-11-21T08:31:00Z' } };
    expect(judge(inIncident(inTime), exampleJob({ uid: 'job-2', condition: 'Failed' }))).toMatchObject({
      kind: 'Record',
    });
  });

  test('a spoiled annotation counts as none', () => {
    const spoiled = exampleBackup({
      metadata: { annotations: { 'holdfast.dev/incident': '{not json' } },
      status: logStart('Running'),
    });
    expect(judge(spoiled, exampleJob({ condition: 'Failed' }))).toMatchObject({
      kind: 'Record',
      retryNum: 1,
    });
  });
});

describe('bad input', () => {
  test.each([
    [{ mode: 'log', backupMode: 'snapshot' }, 'spec.mode', 'log" beside spec.backupMode "snapshot'],
    [{ backupMode: 'tape' }, 'spec.backupMode', 'tape'],
    [
      { backoffRetryPolicy: { minRetryDuration: 'banana' } },
      'spec.backoffRetryPolicy.minRetryDuration',
      'banana',
    ],
    [{ logSubcommand: 'log-jump' }, 'spec.logSubcommand', 'log-jump'],
    [{ s3: undefined }, 'spec', 'no storage'],
    [{ br: undefined }, 'spec.br', ''],
  ])('%j is invalid, with path and value', (spec, path, received) => {
    expect(judge(exampleBackup({ spec }))).toMatchObject({
      kind: 'MarkInvalid',
      problems: [{ path, received }],
    });
  });

  test('is said once, until the spec changes', () => {
    const spec = { backupMode: 'tape' };
    const hash = specHash(exampleBackup({ spec }).spec);
    const incident = {
      id: `spec-${hash}`,
      firstFailedAt: '2026-11-21T10:00:00Z',
      retries: 0,
      lastJobUid: '',
      specHash: hash,
      state: 'invalid',
    };
    const metadata = { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } };
    expect(summary(exampleBackup({ spec, metadata }))).toBe('Leave InvalidUnchanged');
    expect(summary(exampleBackup({ spec: { backupMode: 'log' }, metadata }))).toBe('CreateFirstJob');
  });

  test('keeps what an open incident knew', () => {
    const backup = inIncident({ spec: { backoffRetryPolicy: { maxRetryTimes: -1 } } });
    expect(judge(backup, exampleJob({ condition: 'Failed' }))).toMatchObject({
      kind: 'MarkInvalid',
      incident: { retries: 1, lastJobUid: 'job-1', state: 'invalid' },
    });
  });
});
