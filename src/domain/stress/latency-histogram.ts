/** Counts by duration in steps of a factor √2, from 1 ms to half an hour; what takes longer falls into the last one. */
const UPPER_BOUNDS_MS = Array.from({ length: 43 }, (_, index) => Math.round(2 ** (index / 2) * 10) / 10);

export function emptyHistogram(): number[] {
  return UPPER_BOUNDS_MS.map(() => 0);
}

export function withDuration(counts: readonly number[], durationMs: number): number[] {
  const found = UPPER_BOUNDS_MS.findIndex((boundMs) => durationMs <= boundMs);
  return counts.with(found, (counts.at(found) ?? 0) + 1);
}

/**
 * The duration, milliseconds, within which this share of all stayed, rounded up to the step it falls into;
 * `undefined` where nothing was counted.
 * @param share above 0, up to 1
 */
export function quantileMs(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  return UPPER_BOUNDS_MS[counts.findIndex((count) => (seen += count) >= total * share)];
}

/** The steps that counted something. */
export function filledSteps(counts: readonly number[]): { upToMs: number; operations: number }[] {
  return UPPER_BOUNDS_MS.map((upToMs, step) => ({ upToMs, operations: counts[step] ?? 0 })).filter(
    ({ operations }) => operations > 0,
  );
}
