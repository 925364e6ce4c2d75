import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  emptyHistogram,
  filledSteps,
  quantileMs,
  withDuration,
} from '../../../src/domain/stress/latency-histogram.js';

const histogramOf = (durations: readonly number[]) => durations.reduce(withDuration, emptyHistogram());

test('a quantile is the true one, rounded up by less than the width of a step', () => {
  const durations = fc.array(fc.double({ min: 1.01, max: 60_000, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.99, 1), (durations, share) => {
      const sorted = durations.toSorted((a, b) => a - b);
      const truth = sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
      const told = quantileMs(histogramOf(durations), share) ?? Number.NaN;
      expect(told).toBeGreaterThanOrEqual(truth);
      expect(told / truth).toBeLessThanOrEqual(Math.SQRT2 * 1.06);
    }),
  );
});

test('nothing counted has no quantile', () => {
  expect(quantileMs(emptyHistogram(), 0.5)).toBeUndefined();
});

test('what takes longer than the last step is counted in it', () => {
  expect(filledSteps(histogramOf([10_000_000]))).toEqual([{ upToMs: 2 ** 21, operations: 1 }]);
});
