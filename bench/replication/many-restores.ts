import { lookAtMachine, busyPercent } from '../machine.js';
import { cpuSince, usageOfServers } from '../process-usage.js';
import { observedRestore, type ObservedRestore } from './observed-restore.js';
import type { ScriptedRestore } from './restore-manifests.js';
import { untilPhase, type RestoreBenchWorld } from './restore-world.js';

/** Requests at a time. */
const CREATORS = 20;
const TIMEOUT_EACH_MS = 2_000;

export interface ManyRestores {
  readonly restores: readonly ObservedRestore[];
  /** CPU of each server from the first creation until all are complete, by name. */
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly peakRssMiB: number;
  readonly busyPercent: number;
}

/** As many Restores as can be created at once; their compactions have ended before. */
export async function measureManyRestores(world: RestoreBenchWorld, count: number): Promise<ManyRestores> {
  const { group } = world.stack;
  const restores = Array.from({ length: count }, (_, index): ScriptedRestore => {
    const name = `many-${String(index).padStart(4, '0')}`;
    return { name, compactBackup: name, snapshotMs: 0, logMs: 0 };
  });
  await forEachAtOnce(restores, async ({ compactBackup }) => {
    await world.createCompactBackup(compactBackup);
    await world.setCompaction(compactBackup, 'Complete');
  });
  const machine = lookAtMachine();
  const before = await usageOfServers(group);
  await forEachAtOnce(restores, (restore) => world.createRestore(restore));
  const names = restores.map(({ name }) => name);
  await untilPhase(world, { names, phase: 'Complete', timeoutMs: count * TIMEOUT_EACH_MS });
  const after = await usageOfServers(group);
  return {
    restores: restores.map((restore) => observedRestore(world.journal, restore)),
    cpuMs: cpuSince(before, after),
    peakRssMiB: after.get('worker')?.peakRssMiB ?? 0,
    busyPercent: busyPercent(machine, lookAtMachine()),
  };
}

async function forEachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const creator = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: CREATORS }, creator));
}
