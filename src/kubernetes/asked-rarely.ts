/**
 * Asks at most once in `maxAgeMs`; whoever asks meanwhile shares the answer. A failed answer is not kept.
 * @param how `now` in epoch milliseconds
 */
export function askedRarely<T>(
  ask: () => Promise<T>,
  { maxAgeMs, now }: { maxAgeMs: number; now: () => number },
): () => Promise<T> {
  let kept: { readonly askedAtMs: number; readonly answer: Promise<T> } | undefined;
  return async () => {
    if (kept === undefined || now() - kept.askedAtMs >= maxAgeMs) {
      kept = { askedAtMs: now(), answer: ask() };
    }
    const { answer } = kept;
    try {
      return await answer;
    } catch (failure) {
      if (kept?.answer === answer) kept = undefined;
      throw failure;
    }
  };
}
