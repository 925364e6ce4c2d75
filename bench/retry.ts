import { readWrites, type ApiWrite } from './audit-log.js';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { lookAtMachine } from './machine.js';
import { findAnomalies } from './retry/anomalies.js';
import { openBenchWorld, type BenchWorld } from './retry/bench-world.js';
import { measureDecisions, recordBytes } from './retry/decision-costs.js';
import { eventsPerRetry, readHistories } from './retry/histories.js';
import { measureIdle } from './retry/idle.js';
import { measureKilledWorker } from './retry/killed-worker.js';
import {
  measureLargeWorld,
  measureWatchedMemory,
  type LargeWorld,
  type WatchedMemory,
} from './retry/large-worlds.js';
import { measureBareStorm } from './retry/bare-storm.js';
import type { RetryMeasurements } from './retry/measurements.js';
import { retryReport } from './retry/report.js';
import { measureFirstFailure, measureSingleFailures, type SingleFailures } from './retry/single-failures.js';
import { recordMoments, retryMoments, stagesOf, type Witnesses } from './retry/stages.js';
import { measureStorm, type Storm } from './retry/storm.js';
import { writeCostsOf } from './retry/write-costs.js';

/** Measures what spec 1 limits, on the whole local stack with the real worker; pods are acted, so they cost little. */
export async function benchRetry(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const before = lookAtMachine();
  // First, while nothing else runs.
  const ofCode = { decisions: measureDecisions(), recordBytes: recordBytes() };
  const world = await openBenchWorld(options);
  try {
    const measured = await Promise.race([measureAll(world, options), watchesEnd(world)]);
    const measurements = { ...measured, ...ofCode, before, after: lookAtMachine() };
    return { report: retryReport(measurements), anomalies: measurements.anomalies };
  } finally {
    await world.close();
  }
}

type OfWorld = Omit<RetryMeasurements, 'before' | 'after' | 'decisions' | 'recordBytes'>;

async function measureAll(world: BenchWorld, { say, full }: BenchmarkOptions): Promise<OfWorld> {
  say('the first failure of a fresh worker');
  const first = await measureFirstFailure(world);
  say('failures one after another (about a minute)');
  const singles = await measureSingleFailures(world, 'single');
  say('idle (30 s)');
  const idle = await measureIdle(world);
  say('the worker is killed with retries pending (about a minute and a half)');
  const killed = await measureKilledWorker(world);
  say('a storm of 200 (about a minute)');
  const storm = await measureStorm(world, 200);
  const large: Large = full ? await measureLarge(world, say) : { worlds: [], storms: [] };
  const storms = [storm, ...large.storms] as const;
  say('reading the audit log and the histories');
  const { workerUser, journal } = world;
  const writes = await readWrites(world.stack.controlPlane.auditLog);
  const served = [singles, killed, ...storms, ...large.worlds.map((world) => world.singles)];
  const backups = served.flatMap(({ backups }) => backups);
  const explained = await explain(world, { singles, writes });
  say('the storm of 200 again, without Temporal and the worker (about a minute)');
  const bare = await measureBareStorm(world, 200);
  return {
    first,
    singles,
    idle,
    killed,
    storms,
    bare,
    large: large.worlds,
    memory: large.memory,
    singleCosts: writeCostsOf({ writes, backups: singles.backups, workerUser }),
    stormCosts: writeCostsOf({ writes, backups: storm.backups, workerUser }),
    ...explained,
    anomalies: findAnomalies({ journal, backups, writes, workerUser }),
  };
}

interface Large {
  readonly worlds: readonly LargeWorld[];
  readonly storms: readonly Storm[];
  readonly memory?: WatchedMemory;
}

async function measureLarge(world: BenchWorld, say: BenchmarkOptions['say']): Promise<Large> {
  say('1,000 healthy Backups, and failures one after another among them (a minute and a half)');
  const thousand = await measureLargeWorld(world, 1_000);
  say('a storm of 1,000 (about five minutes)');
  const storm = await measureStorm(world, 1_000);
  say('10,000 healthy Backups, and failures one after another among them (about three minutes)');
  const tenThousand = await measureLargeWorld(world, 10_000);
  say('a fresh worker for 10,000 healthy Backups, idle (a minute)');
  const memory = await measureWatchedMemory(world, 10_000);
  return { worlds: [thousand, tenThousand], storms: [storm], memory };
}

async function explain(
  { temporal, journal, workerUser }: BenchWorld,
  { singles, writes }: { singles: SingleFailures; writes: readonly ApiWrite[] },
): Promise<Pick<RetryMeasurements, 'eventsPerRetry' | 'recordStages' | 'retryStages'>> {
  const names = singles.backups.map(({ name }) => name);
  const histories = await readHistories(temporal, { journal, names });
  const inOrder = writes.toSorted((a, b) => a.receivedMs - b.receivedMs);
  const witnesses = singles.failures.map((failure): Witnesses => ({
    failure,
    workerUser,
    history: histories.get(failure.backup) ?? [],
    writes: inOrder.filter(({ name }) => name.includes(failure.backup)),
  }));
  return {
    eventsPerRetry: [...histories.values()].flatMap(eventsPerRetry),
    recordStages: stagesOf(witnesses.map(recordMoments)),
    retryStages: stagesOf(witnesses.map(retryMoments)),
  };
}

/** Without its watches the bench would wait in vain. */
async function watchesEnd({ journal }: BenchWorld): Promise<never> {
  await journal.ended;
  throw new Error('the watches of the bench ended');
}
