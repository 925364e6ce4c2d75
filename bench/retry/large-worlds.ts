import { usageOf } from '../process-usage.js';
import type { BenchWorld } from './bench-world.js';
import { fillUpTo, untilWatched } from './healthy-world.js';
import { measureIdle, type Idleness } from './idle.js';
import { measureSingleFailures, type SingleFailures } from './single-failures.js';

/** The single failures again, among so many healthy Backups. */
export interface LargeWorld {
  readonly watched: number;
  readonly singles: SingleFailures;
}

export async function measureLargeWorld(world: BenchWorld, watched: number): Promise<LargeWorld> {
  await fillUpTo(world, watched);
  return { watched, singles: await measureSingleFailures(world, `of${watched}`) };
}

/** What a worker needs for so many healthy Backups. */
export interface WatchedMemory {
  readonly watched: number;
  /** The largest RSS of the worker that has seen all of them come, and every incident since it was started. */
  readonly oldPeakRssMiB: number;
  /** The largest of a fresh one, which has listed all of them at once. */
  readonly freshPeakRssMiB: number;
  /** Of the fresh one, which has them in its view. */
  readonly idle: Idleness;
}

export async function measureWatchedMemory(world: BenchWorld, watched: number): Promise<WatchedMemory> {
  const { group } = world.stack;
  const old = await usageOf(group.pid('worker'));
  await group.restart('worker');
  await untilWatched(world, watched);
  const idle = await measureIdle(world);
  const fresh = await usageOf(group.pid('worker'));
  return { watched, oldPeakRssMiB: old.peakRssMiB, freshPeakRssMiB: fresh.peakRssMiB, idle };
}
