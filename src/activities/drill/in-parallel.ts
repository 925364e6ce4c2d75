/**
 * Does `work` for every item, `atOnce` at a time, in order of the items. After the first failure nothing more is begun;
 * what runs is waited for, so that nothing of it goes on behind the caller's back.
 * @throws the first failure
 */
export async function inParallel<Item>(
  items: readonly Item[],
  { atOnce, signal }: { readonly atOnce: number; readonly signal: AbortSignal },
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const take = async () => {
    for (const item of queue) {
      if (either.aborted) return;
      try {
        await work(item, either);
      } catch (failure) {
        failures.push(failure);
        stop.abort(failure);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
