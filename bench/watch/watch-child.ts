import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { waitUntil } from '../../dev/processes/readiness.js';
import { usageOf, type ProcessUsage } from '../process-usage.js';

const PROGRAM = fileURLToPath(new URL('./watch-process.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

const WatchReport = z.object({
  /** Events, list pages and opened watches so far. */
  signs: z.number(),
  nudges: z.number(),
  failures: z.number(),
  /** How many objects the watch knows, by resource. */
  objects: z.record(z.string(), z.number()),
  /** After a collection; only where it was asked for. */
  heapBytes: z.number().optional(),
});
export type WatchReport = z.infer<typeof WatchReport>;

export interface WatchMemory extends ProcessUsage {
  readonly heapMiB: number;
}

/** The watch in a process of its own. */
export interface WatchChild {
  /** Waits until its newest report is as wanted. */
  until(what: string, reached: (report: WatchReport) => boolean): Promise<void>;
  latest(): WatchReport;
  /** Collects garbage, then looks. */
  measure(): Promise<WatchMemory>;
  stop(): Promise<void>;
}

export function forkWatch(kubeconfig: string): WatchChild {
  const child = fork(PROGRAM, [kubeconfig], { execArgv: ['--expose-gc', '--import', 'tsx'] });
  const exited = once(child, 'exit');
  let latest: WatchReport = { signs: 0, nudges: 0, failures: 0, objects: {} };
  let heapBytes: number | undefined;
  child.on('message', (message) => {
    latest = WatchReport.parse(message);
    heapBytes = latest.heapBytes ?? heapBytes;
  });
  const until = async (what: string, reached: () => boolean): Promise<void> => {
    const ended = exited.then(() => {
      throw new Error(`the process of the watch ended before ${what}`);
    });
    await Promise.race([
      ended,
      waitUntil({ what, timeoutMs: TIMEOUT_MS, intervalMs: 5, attempt: async () => reached() }),
    ]);
  };
  return {
    until: (what, reached) => until(what, () => reached(latest)),
    latest: () => latest,
    measure: async () => {
      const { pid } = child;
      if (pid === undefined) throw new Error('the process of the watch did not start');
      heapBytes = undefined;
      child.send('measure');
      await until('its heap is measured', () => heapBytes !== undefined);
      return { ...(await usageOf(pid)), heapMiB: (heapBytes ?? Number.NaN) / 1_048_576 };
    },
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
