import { setTimeout as delay } from 'node:timers/promises';
import { busyPercent, lookAtMachine } from '../machine.js';
import { untilSettled, type BenchWorld } from './bench-world.js';
import { failuresOf, type RetriedFailure } from './failures.js';
import type { ScriptedBackup } from './manifests.js';
import { createBackupYardstick } from './yardstick.js';

const COUNT = 30;
const FAILURES_EACH = 2;
/** From one Backup to the next: each fails twice, so about two failures come in this time, mostly not at once. */
const GAP_MS = 2_000;
const YARDSTICKS_PER_GAP = 3;
const PATTERN = {
  failures: FAILURES_EACH,
  backoffSeconds: 1,
  failsAfterMs: 50,
  succeedsAfterMs: 50,
  failing: 'reported',
} as const;
const SETTLE_TIMEOUT_MS = 60_000;

export interface SingleFailures {
  readonly backups: readonly ScriptedBackup[];
  readonly failures: readonly RetriedFailure[];
  /** See yardstick.ts; taken in between, under the same load. */
  readonly yardstickMs: readonly number[];
  /** Of all cores, while this was measured. */
  readonly busyPercent: number;
}

/** Failures one after another, with pauses in between, as they come in real life. Names begin with `prefix`. */
export async function measureSingleFailures(world: BenchWorld, prefix: string): Promise<SingleFailures> {
  const backups = Array.from({ length: COUNT }, (_, index) => singleBackup(prefix, index));
  const yardstick = await createBackupYardstick(world, `${prefix}-yardstick`);
  const yardstickMs: number[] = [];
  const before = lookAtMachine();
  for (const backup of backups) {
    await world.createBackup(backup);
    for (let taken = 0; taken < YARDSTICKS_PER_GAP; taken += 1) {
      await delay(GAP_MS / YARDSTICKS_PER_GAP);
      yardstickMs.push(await yardstick.measureMs());
    }
  }
  await untilSettled(world, { names: backups.map(({ name }) => name), timeoutMs: SETTLE_TIMEOUT_MS });
  return {
    backups,
    failures: backups.flatMap((backup) => failuresOf(world.journal, backup)),
    yardstickMs,
    busyPercent: busyPercent(before, lookAtMachine()),
  };
}

/** The very first incident of a fresh worker: connections and code are cold, so it is told apart. */
export async function measureFirstFailure(world: BenchWorld): Promise<RetriedFailure> {
  const backup: ScriptedBackup = { ...PATTERN, name: 'first', failures: 1 };
  await world.createBackup(backup);
  await untilSettled(world, { names: [backup.name], timeoutMs: SETTLE_TIMEOUT_MS });
  const [failure] = failuresOf(world.journal, backup);
  if (failure === undefined) throw new Error('the first failure was not seen');
  return failure;
}

function singleBackup(prefix: string, index: number): ScriptedBackup {
  return { ...PATTERN, name: `${prefix}-${String(index).padStart(3, '0')}` };
}
