import { setTimeout as delay } from 'node:timers/promises';

/** Answers whether a server can be used now. A rejection counts as "not yet"; its message is shown if it never succeeds. */
export type ReadyProbe = (server: { readLog: () => Promise<string> }) => Promise<boolean>;

/** Ready when the server's output since its start matches. */
export function logLineReady(pattern: RegExp): ReadyProbe {
  return async ({ readLog }) => pattern.test(await readLog());
}

/**
 * Waits until `attempt` resolves to true; asks at once and then every `intervalMs` (default 25).
 * @throws Error naming `what`, the deadline and the last failure, when `timeoutMs` passes first.
 */
export async function waitUntil(options: {
  what: string;
  attempt: () => Promise<boolean>;
  timeoutMs: number;
  intervalMs?: number;
}): Promise<void> {
  const deadlineMs = Date.now() + options.timeoutMs;
  let last = 'not yet';
  while (Date.now() < deadlineMs) {
    try {
      if (await options.attempt()) return;
      last = 'not yet';
    } catch (failure) {
      last = failure instanceof Error ? failure.message : String(failure);
    }
    await delay(options.intervalMs ?? 25);
  }
  throw new Error(`${options.what} within ${options.timeoutMs / 1000} s: ${last}`);
}
