import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../observability/logger.js';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;

/**
 * Tries until it works or the process is told to end: a worker that starts before its servers waits for them.
 * @returns `undefined` when told to end
 */
export async function waitFor<T>(
  attempt: () => Promise<T>,
  { what, logger, signal }: { what: string; logger: Logger; signal: AbortSignal },
): Promise<T | undefined> {
  for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await attempt();
    } catch (failure) {
      if (signal.aborted) return undefined;
      const reason = failure instanceof Error ? failure.message : String(failure);
      logger.warn({ reason, retryInMs: delayMs }, `${what}: not yet, trying again`);
      await delay(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
