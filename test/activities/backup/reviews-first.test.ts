import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createReviewsFirst } from '../../../src/activities/backup/reviews-first.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Reviews that run until they are told to end. */
function openReviews(order: ReturnType<typeof createReviewsFirst>, count: number): (() => void)[] {
  return Array.from({ length: count }, () => {
    let end: () => void = () => undefined;
    void order.review(() => new Promise<void>((resolve) => (end = resolve)));
    return () => end();
  });
}

function restartOf(order: ReturnType<typeof createReviewsFirst>): { began: boolean } {
  const restart = { began: false };
  void order.afterReviews(() => {
    restart.began = true;
    return Promise.resolve();
  });
  return restart;
}

test('a restart does not wait for a few reviews', async () => {
  const order = createReviewsFirst(5_000);
  openReviews(order, 7);
  const restart = restartOf(order);
  await vi.advanceTimersByTimeAsync(0);
  expect(restart.began).toBe(true);
});

test('a restart waits while there is a storm of reviews, and no longer', async () => {
  const order = createReviewsFirst(5_000);
  const [endFirst, endSecond] = openReviews(order, 9);
  const restart = restartOf(order);
  endFirst?.();
  await vi.advanceTimersByTimeAsync(100);
  expect(restart.began).toBe(false);
  endSecond?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(restart.began).toBe(true);
});

test('a storm that does not end does not keep a restart for ever', async () => {
  const order = createReviewsFirst(5_000);
  openReviews(order, 100);
  const restart = restartOf(order);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(restart.began).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(restart.began).toBe(true);
});

test('a review that fails is over, too', async () => {
  const order = createReviewsFirst(5_000);
  openReviews(order, 7);
  await expect(order.review(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  const restart = restartOf(order);
  await vi.advanceTimersByTimeAsync(0);
  expect(restart.began).toBe(true);
});
