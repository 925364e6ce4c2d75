import { expect, test } from 'vitest';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { showExpectations } from '../../dev/demo/expectations.js';
import type { BackupFacts } from '../../dev/demo/scenes/backup-facts.js';
import { retryExpectations } from '../../dev/demo/scenes/retry-expectations.js';
import { createScreen } from '../../dev/demo/screen.js';

const metadata = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T10:00:00Z',
});

function settled(name: string, status: object): Backup {
  const incident = {
    id: 'j',
    firstFailedAt: '2026-01-01T10:00:02Z',
    retries: 2,
    lastJobUid: 'j',
    specHash: 'h',
  };
  const annotations = { 'holdfast.dev/incident': JSON.stringify({ ...incident, state: 'settled' }) };
  return Backup.parse({ metadata: { ...metadata(name), annotations }, spec: {}, status });
}

function record(retryNum: number, seconds: { failed: number; due: number; real: number }, reason: string) {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 10, 0, second)).toISOString();
  const { failed, due, real } = seconds;
  return {
    retryNum,
    detectFailedAt: at(failed),
    expectedRetryAt: at(due),
    realRetryAt: at(real),
    originalReason: reason,
  };
}

function orders(records: readonly object[]): BackupFacts {
  const job = {
    metadata: { ...metadata('backup-orders-log-log-start'), labels: { 'holdfast.dev/attempt': '2' } },
    spec: {},
    status: { conditions: [{ type: 'Complete', status: 'True' }] },
  };
  return {
    backup: settled('orders-log', {
      phase: 'Running',
      logSubCommandStatuses: { 'log-start': { phase: 'Complete' } },
      backoffRetryStatus: records,
    }),
    eventReasons: ['RetryStarted', 'RetryStarted', 'RetrySucceeded'],
    job: Job.parse(job),
    runs: [
      { status: 'COMPLETED', outcome: 'Started' },
      { status: 'COMPLETED', outcome: 'Succeeded' },
    ],
  };
}

const goodRecords = [
  record(1, { failed: 2, due: 5, real: 5 }, 'OOMKilled (container backup, exit code 137)'),
  record(2, { failed: 8, due: 14, real: 15 }, 'Error: SlowDown'),
];

const ledger: BackupFacts = {
  backup: settled('ledger-log', {
    phase: 'Failed',
    conditions: [{ type: 'Failed', status: 'True', reason: 'RetryExhausted' }],
    backoffRetryStatus: [
      record(1, { failed: 2, due: 4, real: 4 }, 'i/o timeout'),
      record(2, { failed: 6, due: 10, real: 10 }, 'i/o timeout'),
    ],
  }),
  eventReasons: ['BackupFailed', 'RetryExhausted', 'RetryStarted', 'RetryStarted'],
  job: undefined,
  runs: [
    { status: 'COMPLETED', outcome: 'Started' },
    { status: 'COMPLETED', outcome: 'Failed' },
    { status: 'COMPLETED', outcome: 'Left' },
  ],
};

function differing(facts: { orders: BackupFacts; ledger: BackupFacts }): string[] {
  return retryExpectations(facts)
    .filter(({ met }) => !met)
    .map(({ subject, claim }) => `${subject} ${claim}`);
}

test('a story that went as told differs in nothing', () => {
  expect(differing({ orders: orders(goodRecords), ledger })).toEqual([]);
});

test('a retry before its time differs', () => {
  const early = [record(1, { failed: 2, due: 5, real: 4 }, 'OOMKilled'), ...goodRecords.slice(1)];
  expect(differing({ orders: orders(early), ledger })).toEqual(['orders-log began no retry early']);
});

test('a retry that never began counts as early', () => {
  const { realRetryAt: _never, ...pending } = record(2, { failed: 8, due: 14, real: 14 }, 'SlowDown');
  expect(differing({ orders: orders([...goodRecords.slice(0, 1), pending]), ledger })).toEqual([
    'orders-log began no retry early',
  ]);
});

test('a doubled Event, an open workflow run and a wrong end differ', () => {
  const doubled = { ...orders(goodRecords), eventReasons: ['RetryStarted', 'RetryStarted', 'RetryStarted'] };
  const unfinished: BackupFacts = {
    ...ledger,
    backup: settled('ledger-log', { ...ledger.backup.status, phase: 'Scheduled' }),
    runs: [{ status: 'COMPLETED', outcome: 'Started' }, { status: 'RUNNING' }],
  };
  expect(differing({ orders: doubled, ledger: unfinished })).toEqual([
    'orders-log has the Events RetryStarted, RetrySucceeded',
    'ledger-log is in phase Failed with reason RetryExhausted',
    'ledger-log had one workflow run for its first Job, and one for the incident, which ended Failed',
  ]);
});

test('what differs is shown with what was expected and what was seen', () => {
  const written: string[] = [];
  const screen = createScreen({ write: (text) => written.push(text) });
  showExpectations(screen, [
    {
      subject: 'orders-log',
      claim: 'is in phase Running',
      met: true,
      expected: '"Running"',
      seen: '"Running"',
    },
    {
      subject: 'ledger-log',
      claim: 'is in phase Failed',
      met: false,
      expected: '"Failed"',
      seen: '"Running"',
    },
  ]);
  expect(written.join('')).toMatchInlineSnapshot(`
    "  as expected  orders-log is in phase Running
      DIFFERS      ledger-log is in phase Failed
                   expected: "Failed"
                   seen:     "Running"
    "
  `);
});
