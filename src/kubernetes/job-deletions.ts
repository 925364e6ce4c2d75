import { createRecentSet } from './recent-set.js';

/** A deletion may be seen before anybody waits for it. */
const MAX_KEPT = 1_000;

/** Deletions of Jobs as the watch of this process sees them: who waits for one need not ask the API server again. */
export interface JobDeletions {
  /** Call it when the watch begins, and what it returns when it ends: without a watch nobody would be told. */
  begin(): () => void;
  /** This Job is gone. */
  gone(uid: string): void;
  /** Whether a watch tells of deletions now. */
  told(): boolean;
  /** Resolves true as soon as this Job is seen to be gone, and false after `timeoutMs`. */
  within(uid: string, timeoutMs: number): Promise<boolean>;
}

export function createJobDeletions(): JobDeletions {
  const waiting = new Map<string, Set<() => void>>();
  const kept = createRecentSet(MAX_KEPT);
  let watches = 0;
  return {
    begin: () => {
      watches += 1;
      return () => void (watches -= 1);
    },
    gone: (uid) => {
      kept.add(uid);
      for (const tell of waiting.get(uid) ?? []) tell();
    },
    told: () => watches > 0,
    within: async (uid, timeoutMs) => {
      if (kept.has(uid)) return true;
      return new Promise((resolve) => {
        const listeners = waiting.get(uid) ?? new Set();
        waiting.set(uid, listeners);
        const end = (seen: boolean): void => {
          clearTimeout(timer);
          listeners.delete(tell);
          if (listeners.size === 0) waiting.delete(uid);
          resolve(seen);
        };
        const tell = (): void => end(true);
        const timer = setTimeout(() => end(false), timeoutMs);
        listeners.add(tell);
      });
    },
  };
}
