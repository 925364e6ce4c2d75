/** Keys and the times at which each is due. One list for all: nothing else runs until somebody takes what is due. */
export interface DueMap {
  /** Sets when the key is due, epoch milliseconds; `undefined` takes it out. */
  set(key: string, dueMs: number | undefined): void;
  /** Takes out what is due, the oldest first. */
  takeDue(nowMs: number): string[];
  size(): number;
}

export function createDueMap(): DueMap {
  const dueAtMs = new Map<string, number>();
  // No key is due before it; it may be too early, never too late.
  let earliestMs = Infinity;
  return {
    set: (key, dueMs) => {
      if (dueMs === undefined) {
        dueAtMs.delete(key);
        return;
      }
      dueAtMs.set(key, dueMs);
      earliestMs = Math.min(earliestMs, dueMs);
    },
    takeDue: (nowMs) => {
      if (nowMs < earliestMs) return [];
      const due = [...dueAtMs].filter(([, dueMs]) => dueMs <= nowMs).sort(([, a], [, b]) => a - b);
      for (const [key] of due) dueAtMs.delete(key);
      earliestMs = [...dueAtMs.values()].reduce((least, dueMs) => Math.min(least, dueMs), Infinity);
      return due.map(([key]) => key);
    },
    size: () => dueAtMs.size,
  };
}
