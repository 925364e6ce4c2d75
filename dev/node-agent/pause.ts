import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; an abort of the signal ends the wait early, without an error: the caller looks at the signal. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined);
}
