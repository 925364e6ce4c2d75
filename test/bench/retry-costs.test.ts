import { describe, expect, test } from 'vitest';
import { killedRows } from '../../bench/retry/cost-table.js';
import { SITUATIONS } from '../../bench/retry/decision-situations.js';
import { decide } from '../../src/domain/retry/decide.js';

describe('the situations whose decision is timed', () => {
  test.each([
    ['healthy', { kind: 'Leave', reason: 'Healthy' }],
    ['running', { kind: 'Leave', reason: 'Running' }],
    ['first failure', { kind: 'Record', retryNum: 1 }],
    ['retry waits', { kind: 'Retry', retryNum: 1 }],
    ['next failure', { kind: 'Record', retryNum: 5 }],
    ['20 records, budget used up', { kind: 'EndBadly', reason: 'RetryExhausted' }],
  ])('%s is what it says', (situation, expected) => {
    const seen = SITUATIONS.get(situation);
    expect(seen && decide(seen)).toMatchObject(expected);
  });

  test('none but these are timed', () => expect(SITUATIONS.size).toBe(6));
});

describe('the lateness of retries whose worker was killed', () => {
  const rows = (pending: { dueAfterMs: number; latenessMs: number }[]) =>
    killedRows({ backups: [], pending, awayMs: 3_000, startMs: [1_200, 900] });

  test('one that is due ten seconds after the kill has the strict limit, one that is due before has not', () => {
    const [calm = [], sooner = []] = rows([
      { dueAfterMs: 10_000, latenessMs: 1_001 },
      { dueAfterMs: 9_999, latenessMs: 5_999 },
      { dueAfterMs: 1, latenessMs: 2_000 },
    ]);
    expect(calm.slice(1)).toEqual(['1.0 s', '1.0 s', 'OVER']);
    expect(sooner.slice(1)).toEqual(['6.0 s', '6.0 s', 'ok']);
    expect(sooner[0]).toContain('largest lateness of 2');
  });

  test('a run in which one of both did not happen says so', () => {
    expect(() => rows([{ dueAfterMs: 12_000, latenessMs: 10 }])).toThrow('nothing was measured');
  });
});
