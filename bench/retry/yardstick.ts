import { randomUUID } from 'node:crypto';
import { waitUntil } from '../../dev/processes/readiness.js';
import { backupReference } from '../../src/kubernetes/backups.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { nowMs } from '../machine.js';
import type { BenchWorld } from './bench-world.js';
import { NAMESPACE, untouchedManifest } from './manifests.js';

export interface Yardstick {
  /** One status merge patch without Holdfast, from before it is sent to its event in the watch, milliseconds. */
  measureMs(): Promise<number>;
}

/** What this API server and this machine need for the smallest thing that can be seen, measured beside the rest. */
export async function createYardstick({ api, journal }: BenchWorld, name: string): Promise<Yardstick> {
  await api.create(BACKUPS, NAMESPACE, untouchedManifest(name));
  return {
    measureMs: async () => {
      const backupPath = randomUUID();
      const seen = () => journal.backups(name).find(({ object }) => object.status.backupPath === backupPath);
      const sentAtMs = nowMs();
      await api.mergePatch(backupReference({ namespace: NAMESPACE, name }), { status: { backupPath } });
      const attempt = async () => seen() !== undefined;
      await waitUntil({ what: 'the patch seen in the watch', timeoutMs: 10_000, intervalMs: 5, attempt });
      return (seen()?.atMs ?? 0) - sentAtMs;
    },
  };
}
