import { expect, test } from 'vitest';
import { EMPTY_LOG, linesSince, withLine } from '../../../src/domain/stress/stress-log.js';

const logOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`).reduce(withLine, EMPTY_LOG);

test('whoever looks again gets only what is new', () => {
  expect(linesSince(logOf(5), 1).lines).toHaveLength(5);
  expect(linesSince(logOf(5), 4)).toEqual({ lines: ['line 4', 'line 5'], missed: 0 });
  expect(linesSince(logOf(5), 6)).toEqual({ lines: [], missed: 0 });
});

test('only the newest 200 lines are carried, and what went by is counted', () => {
  const log = logOf(1_000);
  expect(log.lines).toHaveLength(200);
  expect(linesSince(log, 701)).toMatchObject({ missed: 100 });
  expect(linesSince(log, 701).lines[0]).toBe('line 801');
});
