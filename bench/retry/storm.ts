import { setTimeout as delay } from 'node:timers/promises';
import { busyPercent, lookAtMachine, nowMs } from '../machine.js';
import { cpuSince, usageOfServers } from '../process-usage.js';
import { untilSettled, type BenchWorld } from './bench-world.js';
import { failuresOf, type RetriedFailure } from './failures.js';
import type { ScriptedBackup } from './manifests.js';

const BACKOFF_SECONDS = 5;
/** Backups are created at this pace; all their pods end at one moment after the last has started. */
const CREATION_GAP_MS = 110;
export const CALM_BEFORE_MS = 6_000;
/** A machine that falls behind with the creations gets a blunter storm, not another one. */
const MIN_RUN_MS = 2_000;
/** A retried backup runs for a while, as real ones do: its end does not compete with the other retries. */
const SUCCEEDS_AFTER_MS = 10_000;
/** Beyond the time that the retried backups run. */
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_TIMEOUT_EACH_MS = 1_000;

/** The sizes that have limits. */
export type StormSize = 200 | 1000;

export interface Storm {
  readonly size: StormSize;
  readonly backups: readonly ScriptedBackup[];
  readonly failures: readonly RetriedFailure[];
  /** CPU of each server from the calm before the storm until all incidents are settled, by name. */
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly peakRssMiB: number;
  readonly busyPercent: number;
}

/** Many Backups that all run, and all fail at once. */
export async function measureStorm(world: BenchWorld, size: StormSize): Promise<Storm> {
  const { group } = world.stack;
  const strikesAtMs = nowMs() + strikeAfterMs(size);
  const backups = await createBackups(world, { count: size, strikesAtMs, prefix: 'storm' });
  await delay(strikesAtMs - nowMs() - CALM_BEFORE_MS / 4);
  const machine = lookAtMachine();
  const before = await usageOfServers(group);
  const timeoutMs = SUCCEEDS_AFTER_MS + SETTLE_TIMEOUT_MS + size * SETTLE_TIMEOUT_EACH_MS;
  await untilSettled(world, { names: backups.map(({ name }) => name), timeoutMs });
  const after = await usageOfServers(group);
  return {
    size,
    backups,
    failures: backups.flatMap((backup) => failuresOf(world.journal, backup)),
    cpuMs: cpuSince(before, after),
    peakRssMiB: after.get('worker')?.peakRssMiB ?? 0,
    busyPercent: busyPercent(machine, lookAtMachine()),
  };
}

/** From the first creation to the moment at which all their pods end. */
export function strikeAfterMs(size: StormSize): number {
  return size * CREATION_GAP_MS + CALM_BEFORE_MS;
}

export async function createBackups(
  world: BenchWorld,
  { count, strikesAtMs, prefix }: { count: number; strikesAtMs: number; prefix: string },
): Promise<ScriptedBackup[]> {
  const firstAtMs = nowMs();
  const backups: ScriptedBackup[] = [];
  for (let index = 0; index < count; index += 1) {
    await delay(Math.max(0, firstAtMs + index * CREATION_GAP_MS - nowMs()));
    const backup: ScriptedBackup = {
      name: `${prefix}${count}-${String(index).padStart(4, '0')}`,
      failures: 1,
      backoffSeconds: BACKOFF_SECONDS,
      failsAfterMs: Math.max(MIN_RUN_MS, Math.round(strikesAtMs - nowMs())),
      succeedsAfterMs: SUCCEEDS_AFTER_MS,
      // As when a node dies under all of them: last words would spread the failures over seconds.
      failing: 'silent',
    };
    await world.createBackup(backup);
    backups.push(backup);
  }
  return backups;
}
