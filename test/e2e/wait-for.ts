import { waitUntil } from '../../dev/processes/readiness.js';
import { stallSeed } from './stalled-stack.js';

/** A stall takes up to 12 s, and a call may meet several of them. */
const PATIENCE_UNDER_STALLS = 5;

/** Longest wait for what takes no timer of the product. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Waits until the attempt gives a value other than `undefined` and `false`; a rejection counts as "not yet".
 * @throws Error naming `what` and the last failure after `timeoutMs` (default 30,000; five times that under stalls)
 */
export async function waitFor<T>(
  what: string,
  attempt: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  let found: { value: T } | undefined;
  await waitUntil({
    what,
    timeoutMs: timeoutMs * (stallSeed() === undefined ? 1 : PATIENCE_UNDER_STALLS),
    attempt: async () => {
      const value = await attempt();
      if (value === undefined || value === false) return false;
      found = { value };
      return true;
    },
  });
  if (found === undefined) throw new Error(what);
  return found.value;
}
