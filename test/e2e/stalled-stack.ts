import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  STALLS_REPORT_VARIABLE,
  STALLS_VARIABLE,
  type StallCounts,
} from '../../bench/faults/stall-report.js';
import { startStalls } from '../../dev/faults/stalls.js';
import { countRetried, failedCalls } from '../../dev/hold-proxy/retried-calls.js';
import { startHoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import type { Stack } from '../../dev/stack/stack.js';

export interface StalledStack {
  /** Its KUBECONFIG leads through a proxy, with the worker's rights and no others. */
  readonly stack: Stack;
  counts(): StallCounts;
  /** Ends the stalls and the proxy, and says what was counted. */
  stop(): Promise<void>;
}

/** @throws Error for a seed that is no whole number */
export function stallSeed(): number | undefined {
  const text = process.env[STALLS_VARIABLE];
  if (text === undefined || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${STALLS_VARIABLE}=${text} is not a whole number`);
  return Number(text);
}

export async function stallStack(stack: Stack, seed: number): Promise<StalledStack> {
  const { controlPlane, folder, env } = stack;
  const { faults, etcdMembers: members } = controlPlane;
  const kubeconfig = await controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  const proxy = await startHoldProxy({ kubeconfig, folder: join(folder, 'proxy') });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const stalls = startStalls({ faults, members, seed, say });
  const counts = () => ({
    stalls: stalls.count(),
    calls: proxy.calls().length,
    failedCalls: failedCalls(proxy.calls()).length,
    retriedCalls: countRetried(proxy.calls()),
  });
  return {
    stack: { ...stack, env: { ...env, KUBECONFIG: proxy.kubeconfig } },
    counts,
    stop: async () => {
      try {
        await stalls.stop();
      } finally {
        await proxy.stop();
      }
      await report(counts());
    },
  };
}

async function report(counts: StallCounts): Promise<void> {
  const line = JSON.stringify(counts);
  process.stderr.write(`under stalls: ${line}\n`);
  const file = process.env[STALLS_REPORT_VARIABLE];
  if (file !== undefined) await appendFile(file, `${line}\n`);
}
