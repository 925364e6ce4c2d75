import { expect, test } from 'vitest';
import { concludeStress } from '../../../src/domain/stress/conclude-stress.js';
import { EMPTY_LOG } from '../../../src/domain/stress/stress-log.js';
import { planStress } from '../../../src/domain/stress/stress-plan.js';
import type { StressProgress } from '../../../src/domain/stress/stress-progress.js';
import { stressReport } from '../../../src/domain/stress/stress-report.js';
import {
  emptyTally,
  withEnd,
  withFailedAttempt,
  type OperationEnd,
} from '../../../src/domain/stress/stress-tally.js';
import { operationsOf, stressWork } from './stress-work.js';

const PLAN = planStress(stressWork({ totalNamespaces: 1 }));
const TIMED_OUT = 'etcdserver: request timed out';
const failed: OperationEnd = { succeeded: false, reason: TIMED_OUT, message: TIMED_OUT };
const after = (failedAttempts: number): OperationEnd => ({ succeeded: true, failedAttempts, durationMs: 20 });

/** One operation of the plan for each end, in 10 s. */
function progressOf(ends: readonly OperationEnd[]): StressProgress {
  const operations = operationsOf(PLAN);
  let tally = emptyTally();
  ends.forEach((end, index) => {
    const operation = operations[index];
    if (operation === undefined) throw new Error(`the plan has no operation ${index}`);
    const attempts = end.succeeded ? end.failedAttempts : 4;
    for (let attempt = 0; attempt < attempts; attempt += 1) tally = withFailedAttempt(tally, TIMED_OUT);
    tally = withEnd(tally, operation, end);
  });
  const times = { startedMs: 1_000, updatedMs: 11_000 };
  return {
    ...times,
    operations: PLAN.operations,
    next: 0,
    pending: [],
    namespaces: {},
    tally,
    log: EMPTY_LOG,
  };
}

const NINE_AND_MORE = [...Array.from({ length: 8 }, () => after(0)), after(1), after(1)];

test('the report shows what the first attempts alone would have given beside what retries gave', () => {
  const report = stressReport(progressOf([...NINE_AND_MORE, failed]));
  expect(report.withRetries).toEqual({ succeeded: 10, percent: 90.9 });
  expect(report.firstAttemptsAlone).toEqual({ succeeded: 8, percent: 72.7 });
  expect(report.retryDistribution).toEqual([
    { retries: 0, operations: 8 },
    { retries: 1, operations: 2 },
  ]);
  expect(report.failedAttempts).toEqual([{ reason: TIMED_OUT, attempts: 6 }]);
  expect(report.errors).toEqual([{ reason: TIMED_OUT, operations: 1 }]);
  expect(report.failures).toEqual([
    { operation: 'create build job build-2', namespace: 'deploy-test-1', message: TIMED_OUT },
  ]);
  expect(report).toMatchObject({ durationMs: 10_000, operationsPerSecond: 1, notDone: 0, failed: 1 });
});

test('never 100 percent while something is missing', () => {
  const progress = progressOf(NINE_AND_MORE);
  const many = { ...progress, operations: 10_001, tally: { ...progress.tally, succeeded: 10_000 } };
  expect(stressReport(many).withRetries.percent).toBe(99.9);
});

test.each([
  ['Complete', [...NINE_AND_MORE, after(0)], { remaining: [] }],
  ['Partial', [...NINE_AND_MORE, failed], { remaining: [] }],
  ['Partial', [...NINE_AND_MORE, after(0)], { remaining: ['deploy-test-1'], failure: 'held' }],
  ['Partial', NINE_AND_MORE, { remaining: [] }],
  ['Failed', [failed], { remaining: [] }],
] as const)('a run ends as %s', (outcome, ends, cleanup) => {
  expect(concludeStress({ report: stressReport(progressOf(ends)), cleanup }).outcome).toBe(outcome);
});

test('a cleanup alone is done only when it could look', () => {
  expect(concludeStress({ report: undefined, cleanup: { remaining: [] } }).outcome).toBe('Cleaned');
  const refused = { remaining: [], failure: 'list namespaces failed: 403 Forbidden' };
  expect(concludeStress({ report: undefined, cleanup: refused })).toEqual({
    outcome: 'Failed',
    summary: 'the cleanup is not done (list namespaces failed: 403 Forbidden); namespaces may be left',
  });
});

test('reasons without end are counted together after the first twenty', () => {
  let tally = emptyTally();
  for (let number = 0; number < 100; number += 1) tally = withFailedAttempt(tally, `reason ${number}`);
  expect(Object.keys(tally.failedAttempts)).toHaveLength(21);
  expect(tally.failedAttempts['other']).toBe(80);
});
