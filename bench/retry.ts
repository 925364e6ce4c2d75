import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { lookAtMachine } from './machine.js';
import { findAnomalies } from './retry/anomalies.js';
import { readWrites, type ApiWrite } from './retry/audit-log.js';
import { openBenchWorld, type BenchWorld } from './retry/bench-world.js';
import { measureDecisions, recordBytes } from './retry/decision-costs.js';
import { eventsPerRetry, readHistories } from './retry/histories.js';
import { measureIdle } from './retry/idle.js';
import type { RetryMeasurements } from './retry/measurements.js';
import { retryReport } from './retry/report.js';
import { measureFirstFailure, measureSingleFailures, type SingleFailures } from './retry/single-failures.js';
import { recordMoments, retryMoments, stagesOf, type Witnesses } from './retry/stages.js';
import { measureStorm } from './retry/storm.js';
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

async function measureAll(
  world: BenchWorld,
  { say }: BenchmarkOptions,
): Promise<Omit<RetryMeasurements, 'before' | 'after' | 'decisions' | 'recordBytes'>> {
  say('the first failure of a fresh worker');
  const first = await measureFirstFailure(world);
  say('failures one after another (about a minute)');
  const singles = await measureSingleFailures(world);
  say('idle (30 s)');
  const idle = await measureIdle(world);
  say('a storm (about half a minute)');
  const storm = await measureStorm(world, 200);
  say('reading the audit log and the histories');
  const { workerUser, journal } = world;
  const writes = await readWrites(world.stack.controlPlane.auditLog);
  const backups = [...singles.backups, ...storm.backups];
  return {
    first,
    singles,
    idle,
    storm,
    singleCosts: writeCostsOf({ writes, backups: singles.backups, workerUser }),
    stormCosts: writeCostsOf({ writes, backups: storm.backups, workerUser }),
    ...(await explain(world, { singles, writes })),
    anomalies: findAnomalies({ journal, backups, writes, workerUser }),
  };
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
