import { describe, expect, test } from 'vitest';
import type { Backup } from '../../../src/domain/backup/backup.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { decide } from '../../../src/domain/retry/decide.js';
import { decideRequest } from '../../../src/domain/retry/decide-request.js';
import { incidentAnnotation } from '../../../src/domain/retry/read-incident.js';
import type { PersonRequest } from '../../../src/domain/retry/request.js';
import { toRfc3339Seconds } from '../../../src/domain/time.js';
import { backupInIncident, BEGUN } from './backup-in-incident.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './example-backup.js';

const failedJob = (uid = 'job-1') => exampleJob({ condition: 'Failed', uid });
const ask = (request: PersonRequest, backup: Backup, job?: Job) =>
  decideRequest({ backup, job, operatorPresent: false, nowMs: NOW_MS }, request);
const change = (request: PersonRequest, backup: Backup, job?: Job) => {
  const decision = ask(request, backup, job);
  if (decision.kind !== 'Change') throw new Error(JSON.stringify(decision));
  return decision;
};
const retryNow: PersonRequest = { kind: 'retryNow' };
const stop: PersonRequest = { kind: 'stopRetrying' };
const resume: PersonRequest = { kind: 'resumeRetrying' };
const extend = (more: { retries?: number; timeoutMs?: number }): PersonRequest => ({
  kind: 'extendBudget',
  ...more,
});
const exhausted = (reason = 'RetryExhausted') =>
  backupInIncident({
    incident: { state: 'settled', retries: 5, lastJobUid: 'job-5' },
    record: BEGUN,
    reason,
  });

/** What a review decides after the request was written: the request must have brought about what it says. */
function decisionAfter(backup: Backup, { job, request }: { job?: Job; request: PersonRequest }) {
  const { incident, added, pendingDueMs } = change(request, backup, job);
  const records = backup.status.backoffRetryStatus ?? [];
  const last = records.at(-1);
  const written =
    added !== undefined
      ? [...records, { retryNum: added.retryNum, expectedRetryAt: toRfc3339Seconds(added.dueMs) }]
      : pendingDueMs === undefined || last === undefined
        ? records
        : [...records.slice(0, -1), { ...last, expectedRetryAt: toRfc3339Seconds(pendingDueMs) }];
  const after: Backup = {
    ...backup,
    metadata: { ...backup.metadata, annotations: incidentAnnotation(incident) },
    status: { ...backup.status, backoffRetryStatus: written },
  };
  return decide({ backup: after, job, operatorPresent: false, nowMs: NOW_MS });
}

describe('retryNow', () => {
  test('makes the pending retry due at once', () => {
    expect(change(retryNow, backupInIncident(), failedJob())).toMatchObject({
      pendingDueMs: NOW_MS,
      summary: 'retry 1 of 5 at 2026-11-21T10:30:00Z',
    });
    expect(decisionAfter(backupInIncident(), { job: failedJob(), request: retryNow })).toMatchObject({
      kind: 'Retry',
      retryNum: 1,
      dueMs: NOW_MS,
    });
  });

  test('changes nothing where the retry is due already', () => {
    const due = backupInIncident({ record: { expectedRetryAt: '2026-11-21T10:29:55Z' } });
    expect(ask(retryNow, due, failedJob())).toEqual({
      kind: 'Unchanged',
      summary: 'retry 1 is due since 2026-11-21T10:29:55Z',
    });
  });

  test('reopens an exhausted incident with one retry more than the policy gives', () => {
    const { incident, added } = change(retryNow, exhausted(), failedJob('job-5'));
    expect(incident).toMatchObject({ id: 'job-1', state: 'open', retries: 6, extended: { retries: 1 } });
    expect(added).toMatchObject({ retryNum: 6, dueMs: NOW_MS });
    expect(decisionAfter(exhausted(), { job: failedJob('job-5'), request: retryNow })).toMatchObject({
      kind: 'Retry',
      retryNum: 6,
      dueMs: NOW_MS,
    });
  });

  test('makes room in the time-out as well', () => {
    const timedOut = backupInIncident({
      incident: { state: 'settled', retries: 2, firstFailedAt: '2026-11-21T08:00:00Z' },
      record: BEGUN,
      reason: 'RetryTimeout',
    });
    expect(change(retryNow, timedOut, failedJob()).incident.extended).toEqual({
      retries: 0,
      timeoutMs: 30 * 60_000,
    });
  });

  test('opens an incident for a failure that was left alone for its age', () => {
    const old = exampleBackup({ status: logStart('Failed') });
    const job = exampleJob({ condition: 'Failed', endedAt: '2025-01-01T00:00:00Z' });
    expect(decide({ backup: old, job, operatorPresent: false, nowMs: NOW_MS })).toMatchObject({
      reason: 'OldFailure',
    });
    expect(change(retryNow, old, job)).toMatchObject({
      incident: { id: 'job-1', firstFailedAt: '2026-11-21T10:30:00Z', retries: 1, state: 'open' },
      added: { dueMs: NOW_MS },
    });
  });

  test('goes on from a stop with the retry that was pending', () => {
    const stopped = backupInIncident({ incident: { state: 'stopped' }, reason: 'RetryStopped' });
    expect(change(retryNow, stopped, failedJob())).toMatchObject({
      incident: { state: 'open', retries: 1 },
      pendingDueMs: NOW_MS,
    });
  });

  test.each<[string, Backup, Job | undefined, string]>([
    ['the Job runs', backupInIncident({ record: BEGUN, phase: 'Running' }), exampleJob(), 'the Job runs'],
    [
      'the backup is healthy',
      exampleBackup({ status: { ...logStart('Complete'), commitTs: '4' } }),
      undefined,
      'healthy',
    ],
    ['no Job has run', exampleBackup(), undefined, 'no Job has run yet'],
    [
      'the Job of the retry is being created',
      backupInIncident({ record: BEGUN, phase: 'Scheduled' }),
      undefined,
      'retry 1 has begun',
    ],
    [
      'the Backup is being deleted',
      backupInIncident({ metadata: { deletionTimestamp: '2026-11-21T10:29:00Z' } }),
      failedJob(),
      'being deleted',
    ],
    [
      'the spec is invalid',
      backupInIncident({ spec: { backoffRetryPolicy: { maxRetryTimes: -1 } } }),
      failedJob(),
      'spec.backoffRetryPolicy.maxRetryTimes: received "-1"',
    ],
    [
      'the modes contradict each other',
      backupInIncident({ spec: { mode: 'snapshot' } }),
      failedJob(),
      'the spec is invalid (spec.mode',
    ],
    [
      'the sub-command is none',
      backupInIncident({ spec: { logSubcommand: 'log-rewind' } }),
      failedJob(),
      'spec.logSubcommand: "log-rewind"',
    ],
    [
      'the Job is complete and its pod silent',
      backupInIncident({ record: BEGUN, phase: 'Running' }),
      exampleJob({ condition: 'Complete' }),
      'its pod has not reported yet',
    ],
    [
      'the Job is of a deleted predecessor',
      backupInIncident({ record: BEGUN, phase: 'Scheduled' }),
      exampleJob({ owner: 'another-uid' }),
      'belongs to another Backup',
    ],
    [
      'a new run of the sub-command begins by itself',
      exampleBackup({ status: logStart('Repeatable') }),
      exampleJob({ condition: 'Complete' }),
      'a new one begins by itself',
    ],
    [
      'TiDB Operator never sees this kind of backup, and neither do we',
      exampleBackup({ spec: { backupMode: 'volume-snapshot' } }),
      undefined,
      'volume snapshots and exports are not looked after',
    ],
  ])('is refused where %s', (_where, backup, job, reason) => {
    expect(ask(retryNow, backup, job)).toMatchObject({
      kind: 'Refuse',
      reason: expect.stringContaining(reason),
    });
  });
});

describe('extendBudget', () => {
  test('adds to what was added before', () => {
    const open = backupInIncident({ incident: { extended: { retries: 1, timeoutMs: 60_000 } } });
    expect(change(extend({ retries: 2, timeoutMs: 3_600_000 }), open, failedJob())).toMatchObject({
      incident: { extended: { retries: 3, timeoutMs: 3_660_000 }, state: 'open' },
      summary: 'the budget is now 8 retries within 3h1m',
    });
  });

  test('works while the Job runs', () => {
    const running = backupInIncident({ record: BEGUN, phase: 'Running' });
    expect(change(extend({ retries: 2 }), running, exampleJob({ uid: 'job-2' })).added).toBeUndefined();
  });

  test('reopens an exhausted incident after its backoff', () => {
    const { incident, added } = change(extend({ retries: 3 }), exhausted(), failedJob('job-5'));
    expect(incident).toMatchObject({ state: 'open', retries: 6, extended: { retries: 3, timeoutMs: 0 } });
    expect(added?.dueMs).toBe(Date.parse('2026-11-21T10:29:59Z') + 30_000 * 2 ** 5);
  });

  test('is refused where it would not be enough', () => {
    expect(ask(extend({ timeoutMs: 60_000 }), exhausted(), failedJob('job-5'))).toEqual({
      kind: 'Refuse',
      reason: '5 of 5 retries are used: extendBudget with retries first, or retryNow for one more retry',
    });
    const timedOut = backupInIncident({
      incident: { state: 'settled', retries: 1, firstFailedAt: '2026-11-21T08:00:00Z' },
      record: BEGUN,
      reason: 'RetryTimeout',
    });
    expect(ask(extend({ timeoutMs: 60_000 }), timedOut, failedJob())).toEqual({
      kind: 'Refuse',
      reason:
        'the retry would start at 2026-11-21T10:30:59Z, after 2026-11-21T10:01:00Z: extendBudget with a timeout ' +
        'of 30m or more, or retryNow',
    });
  });

  test('does not reopen what ended for another reason', () => {
    expect(ask(extend({ retries: 3 }), exhausted('PermanentFailure'), failedJob('job-5'))).toMatchObject({
      kind: 'Refuse',
      reason: expect.stringContaining('ended as PermanentFailure'),
    });
  });

  test('is refused for a failure that nobody has judged yet', () => {
    expect(ask(extend({ retries: 3 }), exhausted(), failedJob('job-6'))).toMatchObject({
      kind: 'Refuse',
      reason: 'Job backup-orders-log-start has failed anew and is judged first: ask again in a moment',
    });
  });

  test('leaves a stopped incident stopped', () => {
    const stopped = backupInIncident({ incident: { state: 'stopped' } });
    expect(change(extend({ retries: 3 }), stopped, failedJob()).incident.state).toBe('stopped');
  });
});

describe('stopRetrying', () => {
  test('ends an incident whose retry is pending', () => {
    const decision = change(stop, backupInIncident(), failedJob());
    expect(decision).toMatchObject({
      ends: true,
      incident: { state: 'stopped', retries: 1 },
      summary: 'stopped after 1 of 5 retries',
    });
    expect(decision.incident.stopPending).toBeUndefined();
    expect(decisionAfter(backupInIncident(), { job: failedJob(), request: stop })).toEqual({
      kind: 'Leave',
      reason: 'Settled',
    });
  });

  test('holds although the spec was edited while the retry was pending', () => {
    const edited = backupInIncident({ incident: { specHash: 'before the edit' } });
    expect(decisionAfter(edited, { job: failedJob(), request: stop })).toEqual({
      kind: 'Leave',
      reason: 'Settled',
    });
  });

  test('lets the running Job run', () => {
    const running = backupInIncident({ record: BEGUN, phase: 'Running' });
    const decision = change(stop, running, exampleJob({ uid: 'job-2' }));
    expect(decision.ends).toBeUndefined();
    expect(decision.incident).toMatchObject({ state: 'stopped', stopPending: true, lastJobUid: 'job-1' });
  });

  test('lets a retry that has begun come to its Job', () => {
    const begun = backupInIncident({ record: BEGUN, phase: 'Scheduled' });
    const decision = change(stop, begun);
    expect(decision.ends).toBeUndefined();
    expect(decision.summary).toBe(
      'retry 1 has begun: its Job is being created; should it fail, it is not retried',
    );
    expect(decision.incident).toMatchObject({ state: 'stopped', stopPending: true });
    // Where it never comes to its Job, the next review ends it.
    expect(decisionAfter(begun, { request: stop })).toMatchObject({
      kind: 'EndBadly',
      reason: 'RetryStopped',
    });
  });

  test('ends at once where the failed Job is gone and its retry has not begun', () => {
    const pending = backupInIncident({ phase: 'Scheduled' });
    expect(change(stop, pending)).toMatchObject({ ends: true, summary: 'stopped after 1 of 5 retries' });
  });

  test.each<[string, Backup, Job | undefined, string]>([
    ['it is stopped', backupInIncident({ incident: { state: 'stopped' } }), failedJob(), 'stopped already'],
    ['it has ended', exhausted(), failedJob('job-5'), 'nothing to stop'],
    ['nothing failed', exampleBackup(), undefined, 'nothing to stop'],
    [
      'the backup has succeeded',
      backupInIncident({ record: BEGUN, phase: 'Complete' }),
      exampleJob({ condition: 'Complete' }),
      'has succeeded',
    ],
  ])('is refused where %s', (_where, backup, job, reason) => {
    expect(ask(stop, backup, job)).toMatchObject({ kind: 'Refuse', reason: expect.stringContaining(reason) });
  });
});

describe('resumeRetrying', () => {
  const stopped = (changes: { retries?: number; record?: object; expectedRetryAt?: string } = {}) =>
    backupInIncident({
      incident: { state: 'stopped', retries: changes.retries ?? 1 },
      record: changes.record ?? {},
      reason: 'RetryStopped',
    });

  test('goes on with the pending retry at its time', () => {
    const { incident, pendingDueMs } = change(resume, stopped(), failedJob());
    expect(incident.state).toBe('open');
    expect(pendingDueMs).toBe(NOW_MS + 20_000);
  });

  test('goes on at once where that time has passed', () => {
    const passed = stopped({ record: { expectedRetryAt: '2026-11-21T10:29:55Z' } });
    expect(change(resume, passed, failedJob()).pendingDueMs).toBe(NOW_MS);
    expect(decisionAfter(passed, { job: failedJob(), request: resume })).toMatchObject({ kind: 'Retry' });
  });

  test('adds a retry after the backoff where the Job failed after the stop', () => {
    const after = stopped({ record: BEGUN });
    expect(change(resume, after, failedJob()).added).toMatchObject({
      retryNum: 2,
      dueMs: Date.parse('2026-11-21T10:29:59Z') + 60_000,
    });
  });

  test('does not count the time during which it was stopped', () => {
    const long = backupInIncident({
      incident: { state: 'stopped', firstFailedAt: '2026-11-20T10:30:00Z' },
      record: BEGUN,
      reason: 'RetryStopped',
    });
    expect(change(resume, long, failedJob()).added?.retryNum).toBe(2);
  });

  test('only opens the incident again while the Job runs', () => {
    const running = backupInIncident({
      incident: { state: 'stopped', stopPending: true },
      record: BEGUN,
      phase: 'Running',
    });
    const { incident, added, pendingDueMs } = change(resume, running, exampleJob({ uid: 'job-2' }));
    expect(incident).toMatchObject({ state: 'open', lastJobUid: 'job-1' });
    expect([incident.stopPending, added, pendingDueMs]).toEqual([undefined, undefined, undefined]);
  });

  test.each<[string, Backup, Job | undefined, string]>([
    ['it is not stopped', backupInIncident(), failedJob(), 'it is not stopped; retrying goes on'],
    ['it has ended', exhausted(), failedJob('job-5'), 'retryNow starts a retry'],
    ['the retries are used', stopped({ retries: 5, record: BEGUN }), failedJob(), '5 of 5 retries are used'],
  ])('is refused where %s', (_where, backup, job, reason) => {
    expect(ask(resume, backup, job)).toMatchObject({
      kind: 'Refuse',
      reason: expect.stringContaining(reason),
    });
  });
});
