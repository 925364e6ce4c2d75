/** The same seed gives the same numbers: a run that found something can be played again. */
export interface SeededRandom {
  /** A whole number from `first` to `last`, both included. */
  between(first: number, last: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  shuffled<T>(values: readonly T[]): T[];
}

/** mulberry32: small, and good enough to scatter moments. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (first: number, last: number) => first + Math.floor(next() * (last - first + 1));
  return {
    between,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    shuffled: (values) =>
      values
        .map((value) => ({ value, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ value }) => value),
  };
}
