import { describe, expect, test } from 'vitest';
import type { Backup } from '../../../src/domain/backup/backup.js';
import { retryMetricChanges } from '../../../src/domain/retry/metric-change.js';
import { retryGaugesOf } from '../../../src/domain/retry/metric-gauges.js';
import { retryMetricStateOf } from '../../../src/domain/retry/metric-state.js';
import { toRfc3339Seconds } from '../../../src/domain/time.js';
import { exampleBackup, NOW_MS } from './example-backup.js';

const at = (secondsAgo: number) => toRfc3339Seconds(NOW_MS - secondsAgo * 1_000);

/** Each retry as two numbers: seconds since its failure was detected, and since it started (none: pending). */
type Retries = readonly (readonly [number, number?])[];

function incident(
  retries: Retries,
  {
    state = 'open',
    end,
    id = 'job-0',
    lastClass = 'storage_throttled',
    older = [],
  }: {
    state?: string;
    end?: string;
    id?: string;
    lastClass?: string | false;
    older?: readonly object[];
  } = {},
): Backup {
  const record = ([detected, started]: readonly [number, number?], index: number) => ({
    retryNum: index + 1,
    detectFailedAt: at(detected),
    expectedRetryAt: at(detected - 30),
    ...(started !== undefined && { realRetryAt: at(started) }),
  });
  const annotation = {
    id,
    firstFailedAt: at(600),
    retries: retries.length,
    lastJobUid: `job-${retries.length}-${end}`,
    specHash: 'h',
    state,
    ...(lastClass !== false && { lastClass }),
  };
  const condition = { type: 'Failed', status: 'True', reason: end, lastTransitionTime: at(1) };
  const conditions = end === undefined ? [] : [condition];
  return exampleBackup({
    metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(annotation) } },
    status: {
      phase: end === undefined ? 'Running' : 'Failed',
      conditions,
      logSubCommandStatuses: { 'log-start': { command: 'log-start', conditions } },
      backoffRetryStatus: [...older, ...retries.map(record)],
    },
  });
}

/** Changes in short: `+class` a retry started, `failure 70` its result and duration, or the end. */
function changes(before: Backup | undefined, after: Backup): string[] {
  const state = retryMetricStateOf(after);
  if (state === undefined) return ['no state'];
  return retryMetricChanges({
    before: before && retryMetricStateOf(before),
    after: state,
    nowMs: NOW_MS,
  }).map((change) => {
    if (change.kind === 'RetryStarted') return `+${change.failureClass}`;
    if (change.kind === 'RetryEnded') return `${change.result} ${(change.durationMs ?? NaN) / 1_000}`;
    return change.kind;
  });
}

const healthy = exampleBackup();
const olderRecords = [1, 2, 3].map((retryNum) => ({ retryNum, realRetryAt: at(9_000) }));

describe('from one look to the next is counted', () => {
  test.each<[string, Backup, Backup, string[]]>([
    ['nothing at a first failure: its retry is pending', healthy, incident([[60]]), []],
    ['a retry when it starts', incident([[60]]), incident([[60, 30]]), ['+storage_throttled']],
    ['nothing for the same look again', incident([[60, 30]]), incident([[60, 30]]), []],
    [
      'a failed retry when the next is recorded',
      incident([[90, 60]]),
      incident([[90, 60], [20]]),
      ['failure 70'],
    ],
    ['a successful retry', incident([[90, 60]]), incident([[90, 60]], { state: 'settled' }), ['success 90']],
    [
      'the failed last retry and the end of the budget',
      incident([[90, 60]]),
      incident([[90, 60]], { state: 'settled', end: 'RetryExhausted' }),
      ['failure 90', 'Exhausted'],
    ],
    [
      'the time-out',
      incident([[90, 60]]),
      incident([[90, 60]], { state: 'settled', end: 'RetryTimeout' }),
      ['failure 90', 'TimedOut'],
    ],
    [
      'a permanent failure as a failed retry only',
      incident([[90, 60]]),
      incident([[90, 60]], { state: 'settled', end: 'PermanentFailure' }),
      ['failure 90'],
    ],
    [
      'nothing for a pending retry that a person stopped',
      incident([[60]]),
      incident([[60]], { state: 'stopped', end: 'RetryStopped' }),
      [],
    ],
    [
      'an end once, whatever is written after it',
      incident([[90, 60]], { state: 'settled', end: 'RetryExhausted' }),
      incident([[90, 60]], { state: 'settled', end: 'RetryExhausted' }),
      [],
    ],
    [
      'a reopened incident as one more start',
      incident([[90, 60]], { state: 'settled', end: 'RetryExhausted' }),
      incident([
        [90, 60],
        [20, 10],
      ]),
      ['+storage_throttled'],
    ],
    [
      'everything that happened between two looks',
      healthy,
      incident([
        [300, 270],
        [200, 140],
        [50, 10],
      ]),
      ['+storage_throttled', '+storage_throttled', '+storage_throttled', 'failure 150', 'failure 100'],
    ],
    [
      'a second incident from its own start: the records before are another one',
      incident([[600, 500]], { state: 'settled' }),
      incident([[60, 30]], { id: 'job-9', older: olderRecords }),
      ['+storage_throttled'],
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(changes(before, after).sort()).toEqual([...expected].sort());
  });
});

test('a class that is not a short word is unknown: labels are bounded', () => {
  const classOf = (lastClass: string | false) =>
    retryMetricStateOf(incident([[60]], { lastClass }))?.failureClass;
  expect(classOf('storage_throttled')).toBe('storage_throttled');
  for (const free of [false as const, '', 'pod x died: exit code 137', 'x'.repeat(50)]) {
    expect(classOf(free)).toBe('unknown');
  }
});

test('a Backup that never failed has no state, and neither has a spec that was never valid', () => {
  expect(retryMetricStateOf(healthy)).toBeUndefined();
  const invalid = {
    id: 'spec-x',
    firstFailedAt: at(9),
    retries: 0,
    lastJobUid: '',
    specHash: 'x',
    state: 'invalid',
  };
  const metadata = { annotations: { 'holdfast.dev/incident': JSON.stringify(invalid) } };
  expect(retryMetricStateOf(exampleBackup({ metadata }))).toBeUndefined();
});

describe('the gauges, from the CR alone', () => {
  const gauges = (backup: Backup) => {
    const state = retryMetricStateOf(backup);
    return state && retryGaugesOf(state);
  };
  const firstFailed = NOW_MS / 1_000 - 600;

  test('of a pending retry say which, and when it is due', () => {
    expect(gauges(incident([[90, 60], [20]]))).toEqual({
      current: 2,
      nextSeconds: NOW_MS / 1_000 + 10,
      startedSeconds: firstFailed,
      exhausted: 0,
      failed: undefined,
      failedSeconds: undefined,
    });
  });

  test('of a running retry say that none is due', () => {
    expect(gauges(incident([[90, 60]]))).toMatchObject({
      current: 1,
      nextSeconds: undefined,
      startedSeconds: firstFailed,
    });
  });

  test.each([
    ['RetryExhausted', 1],
    ['RetryTimeout', 1],
    ['PermanentFailure', 0],
  ])('of an incident that ended by %s say so', (end, exhausted) => {
    expect(gauges(incident([[90, 60]], { state: 'settled', end }))).toEqual({
      current: 0,
      nextSeconds: undefined,
      startedSeconds: undefined,
      exhausted,
      failed: end,
      failedSeconds: NOW_MS / 1_000 - 1,
    });
  });

  test('of an incident that ended well are all at rest', () => {
    expect(gauges(incident([[90, 60]], { state: 'settled' }))).toMatchObject({
      current: 0,
      exhausted: 0,
      failed: undefined,
      failedSeconds: undefined,
    });
  });
});
