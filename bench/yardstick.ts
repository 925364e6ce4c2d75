import { randomUUID } from 'node:crypto';
import { waitUntil } from '../dev/processes/readiness.js';
import { nowMs } from './machine.js';

export interface Yardstick {
  /** One status merge patch without Holdfast, from before it is sent to its event in the watch, milliseconds. */
  measureMs(): Promise<number>;
}

/** What this API server and this machine need for the smallest thing that can be seen, measured beside the rest. */
export function createYardstick({
  write,
  seenAtMs,
}: {
  /** Patches the status of an object that nobody else writes with a text. */
  write(token: string): Promise<unknown>;
  /** When the watch showed that text; `undefined` while it has not. */
  seenAtMs(token: string): number | undefined;
}): Yardstick {
  return {
    measureMs: async () => {
      const token = randomUUID();
      const sentAtMs = nowMs();
      await write(token);
      const attempt = async () => seenAtMs(token) !== undefined;
      await waitUntil({ what: 'the patch seen in the watch', timeoutMs: 10_000, intervalMs: 5, attempt });
      return (seenAtMs(token) ?? 0) - sentAtMs;
    },
  };
}
