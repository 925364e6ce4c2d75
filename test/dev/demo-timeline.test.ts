import { expect, test } from 'vitest';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { Pod } from '../../src/domain/kubernetes/pod.js';
import type { Observation } from '../../dev/demo/observation.js';
import { createScreen } from '../../dev/demo/screen.js';
import { countdown, renderLine } from '../../dev/demo/timeline-screen.js';
import { createTimeline } from '../../dev/demo/timeline.js';

const startedMs = Date.parse('2026-01-01T10:00:00Z');
const screen = createScreen({ write: () => true });

const metadata = (name: string, more: object = {}) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T10:00:00Z',
  ...more,
});

function backup(status: object, incident?: object): Backup {
  const base = { id: 'job-1', firstFailedAt: '2026-01-01T10:00:02Z', lastJobUid: 'job-1', specHash: 'h' };
  const annotations = incident && { 'holdfast.dev/incident': JSON.stringify({ ...base, ...incident }) };
  return Backup.parse({
    metadata: metadata('orders-log', { annotations }),
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '3s' },
    },
    status,
  });
}

const ofOrders = { labels: { 'app.kubernetes.io/instance': 'orders-log', 'holdfast.dev/attempt': '1' } };

function job(conditions: readonly object[]): Job {
  return Job.parse({
    metadata: metadata('backup-orders-log-log-start', ofOrders),
    spec: {},
    status: { conditions },
  });
}

function pod(phase: string, terminated?: object): Pod {
  return Pod.parse({
    metadata: metadata('pod-x', ofOrders),
    status: { phase, containerStatuses: [{ name: 'backup', state: { ...(terminated && { terminated }) } }] },
  });
}

type Seen = Observation extends infer One ? (One extends Observation ? Omit<One, 'atMs'> : never) : never;

/** The lines that each observation gives, one second apart, as they stand on a terminal without colours. */
function linesOf(observations: readonly Seen[]): string[] {
  const timeline = createTimeline();
  return observations.flatMap((seen, index) =>
    timeline
      .observe({ ...seen, atMs: startedMs + index * 1_000 })
      .map((line) => renderLine(line, { screen, startedMs, subjects: ['orders-log', 'ledger'] })),
  );
}

const record = {
  retryNum: 1,
  detectFailedAt: '2026-01-01T10:00:02Z',
  expectedRetryAt: '2026-01-01T10:00:05Z',
  originalReason: 'OOMKilled (container backup, exit code 137)',
};

test('tells a failure, its record, the wait, the retry and the success, each once and when it was seen', () => {
  const waiting = backup({ phase: 'Running', backoffRetryStatus: [record] }, { state: 'open', retries: 1 });
  const begun = { ...record, realRetryAt: '2026-01-01T10:00:05Z' };
  const done = { 'log-start': { phase: 'Complete' } };
  const after = { phase: 'Running', backoffRetryStatus: [begun], logSubCommandStatuses: done };
  expect(
    linesOf([
      { kind: 'backup', backup: backup({}) },
      { kind: 'pod', pod: pod('Running') },
      { kind: 'pod', pod: pod('Failed', { exitCode: 137, reason: 'OOMKilled' }) },
      { kind: 'backup', backup: waiting },
      { kind: 'backup', backup: waiting },
      {
        kind: 'job',
        job: job([{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }]),
        deleted: true,
      },
      { kind: 'backup', backup: backup(after, { state: 'settled', retries: 1 }) },
    ]),
  ).toMatchInlineSnapshot(`
    [
      "  +0.0s  10:00:00Z  orders-log  Backup created: up to 5 retries, the first after 3s",
      "  +1.0s  10:00:01Z  orders-log  pod pod-x runs",
      "  +2.0s  10:00:02Z  orders-log  pod failed: OOMKilled, container backup, exit code 137",
      "  +3.0s  10:00:03Z  orders-log  failure 1 recorded: OOMKilled (container backup, exit code 137)",
      "  +3.0s  10:00:03Z  orders-log  waiting 3s, until 10:00:05Z, for retry 1 of 5",
      "  +3.0s  10:00:03Z  orders-log  phase (none) → Running",
      "  +5.0s  10:00:05Z  orders-log  Job backup-orders-log-log-start and its pod are gone",
      "  +6.0s  10:00:06Z  orders-log  the wait is over, retry 1 begins (planned 10:00:05Z, real 10:00:05Z)",
      "  +6.0s  10:00:06Z  orders-log  log-start is Complete: the log backup runs",
      "  +6.0s  10:00:06Z  orders-log  incident settled: Holdfast is done here",
    ]
  `);
});

test('tells a Job from its creation to its end, with the attempt that it is', () => {
  const failed = [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }];
  expect(
    linesOf([
      { kind: 'job', job: job([]), deleted: false },
      { kind: 'job', job: job([]), deleted: false },
      { kind: 'job', job: job(failed), deleted: false },
      { kind: 'job', job: job(failed), deleted: true },
    ]),
  ).toMatchInlineSnapshot(`
    [
      "  +0.0s  10:00:00Z  orders-log  Job backup-orders-log-log-start created: retry 1",
      "  +2.0s  10:00:02Z  orders-log  Job failed: BackoffLimitExceeded",
      "  +3.0s  10:00:03Z  orders-log  Job backup-orders-log-log-start and its pod are gone",
    ]
  `);
});

test('tells that Holdfast gave up, but not the Failed that the manager in a pod writes, and shortens long reasons', () => {
  const failed = (reason: string, message: string) =>
    backup({ phase: 'Failed', conditions: [{ type: 'Failed', status: 'True', reason, message }] });
  expect(
    linesOf([
      { kind: 'backup', backup: failed('BackupDataFailed', 'br failed') },
      { kind: 'backup', backup: failed('RetryExhausted', `2 of 2 retries used; ${'x'.repeat(200)}`) },
    ]),
  ).toMatchInlineSnapshot(`
    [
      "  +0.0s  10:00:00Z  orders-log  Backup created: up to 5 retries, the first after 3s",
      "  +0.0s  10:00:00Z  orders-log  phase (none) → Failed",
      "  +1.0s  10:00:01Z  orders-log  RetryExhausted: 2 of 2 retries used; xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
    ]
  `);
});

test('tells an Event once, also when the watch lists again', () => {
  const event = {
    metadata: metadata('event-1'),
    involvedObject: { kind: 'Backup', name: 'orders-log', uid: 'uid-orders-log' },
    type: 'Normal',
    reason: 'RetryStarted',
  };
  expect(
    linesOf([
      { kind: 'event', event },
      { kind: 'event', event },
    ]),
  ).toEqual(['  +0.0s  10:00:00Z  orders-log  Event RetryStarted (Normal)']);
});

test('counts down to a retry that was decided and has not begun', () => {
  const timeline = createTimeline();
  const see = (seen: Backup) => timeline.observe({ kind: 'backup', atMs: startedMs, backup: seen });
  see(backup({ backoffRetryStatus: [record] }, { state: 'open', retries: 1 }));
  expect(countdown(timeline.pendingRetries(), startedMs + 3_400)).toBe('  ... orders-log: retry 1 in 1.6 s');
  expect(countdown(timeline.pendingRetries(), startedMs + 9_000)).toBe('  ... orders-log: retry 1 in 0.0 s');
  const begun = { ...record, realRetryAt: '2026-01-01T10:00:05Z' };
  see(backup({ backoffRetryStatus: [begun] }, { state: 'open', retries: 1 }));
  expect(countdown(timeline.pendingRetries(), startedMs + 9_000)).toBe('');
});
