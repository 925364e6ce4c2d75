import { expect, test } from 'vitest';
import { timelineOf, type BackupTraces } from '../../../src/cli/backups/timeline.js';
import { Pod } from '../../../src/domain/kubernetes/pod.js';
import { seenBackup, waitingForRetry } from '../cli-world.js';

type Event = BackupTraces['events'][number];

function event(changes: Partial<Event>): Event {
  return {
    metadata: { creationTimestamp: '2026-11-21T10:30:30Z' },
    involvedObject: { kind: 'Backup', name: 'orders' },
    type: 'Normal',
    reason: '',
    message: '',
    ...changes,
  };
}

function traces(events: readonly Event[] = [], requests: BackupTraces['requests'] = []): BackupTraces {
  const { backup, job } = waitingForRetry();
  const seen = seenBackup(backup, { job });
  const terminated = { exitCode: 1, reason: 'Error', finishedAt: '2026-11-21T10:30:29Z' };
  const pod = Pod.parse({
    metadata: { ...job.metadata, name: 'backup-orders-log-start-x4cdw' },
    status: { containerStatuses: [{ name: 'backup', state: { terminated } }] },
  });
  return { backup: seen.backup, job: seen.job, pods: [pod], events, requests };
}

const lines = (events?: readonly Event[]) =>
  timelineOf(traces(events)).map(({ at, source, text }) => `${at.slice(11)} ${source} ${text}`);

test('the story is told in the order of cause and effect, also within one second', () => {
  const podCreated = event({
    involvedObject: { kind: 'Job', name: 'backup-orders-log-start' },
    reason: 'SuccessfulCreate',
    message: 'Created pod: backup-orders-log-start-x4cdw',
    lastTimestamp: '2026-11-21T10:29:30Z',
  });
  expect(lines([podCreated])).toEqual([
    '10:00:06Z Backup created',
    '10:29:00Z Record OOMKilled; retry 1 due at 10:29:30Z',
    '10:29:30Z Condition log-start Scheduled',
    '10:29:30Z Record retry 1 started',
    '10:29:30Z Job backup-orders-log-start created (attempt 1)',
    '10:29:30Z Event SuccessfulCreate: Job backup-orders-log-start: Created pod: backup-orders-log-start-x4cdw',
    '10:30:29Z Pod backup-orders-log-start-x4cdw: container backup ended with exit code 1 (Error)',
    '10:30:29Z Job backup-orders-log-start failed (BackoffLimitExceeded)',
    '10:30:30Z Record SlowDown: status code: 503; retry 2 due at 10:31:30Z',
  ]);
});

test('an Event that says what a record says is left out; one without a record stays', () => {
  const told = event({
    reason: 'RetryStarted',
    message: 'retry 2/5 at 10:31:30Z (in 60s): SlowDown: status code: 503',
  });
  const older = event({ reason: 'RetryStarted', message: 'retry 2/5 at 09:31:30Z (in 60s): SlowDown' });
  expect(lines([told, older]).filter((line) => line.includes('Event'))).toEqual([
    '10:30:30Z Event RetryStarted: retry 2/5 at 09:31:30Z (in 60s): SlowDown',
  ]);
});

test('failures are marked', () => {
  const bad = timelineOf(traces([event({ type: 'Warning', reason: 'RetryBlocked' })])).filter(
    (entry) => entry.bad,
  );
  expect(bad.map(({ source }) => source)).toEqual(['Record', 'Pod', 'Job', 'Record', 'Event']);
});

test('what people asked stands before what came of it in the same second', () => {
  const asked = timelineOf(
    traces(
      [],
      [
        {
          at: '2026-11-21T10:29:30Z',
          request: { kind: 'retryNow', by: 'alice@laptop', note: 'the bucket is back' },
          result: 'applied',
          answer: 'retry 1 of 5 at 2026-11-21T10:29:30Z',
        },
        {
          at: '2026-11-21T10:30:40Z',
          request: { kind: 'resumeRetrying' },
          result: 'refused',
          answer: 'it is not stopped',
        },
      ],
    ),
  ).map(({ at, source, text }) => `${at.slice(11)} ${source} ${text}`);
  expect(asked.indexOf('10:29:30Z Record retry 1 started')).toBeGreaterThan(
    asked.indexOf(
      '10:29:30Z Request retryNow by alice@laptop (the bucket is back): retry 1 of 5 at 2026-11-21T10:29:30Z',
    ),
  );
  expect(asked).toContain(
    '10:29:30Z Request retryNow by alice@laptop (the bucket is back): retry 1 of 5 at 2026-11-21T10:29:30Z',
  );
  expect(asked.at(-1)).toBe('10:30:40Z Request resumeRetrying was refused: it is not stopped');
});
