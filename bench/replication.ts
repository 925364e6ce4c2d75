import { readWrites } from './audit-log.js';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { lookAtMachine } from './machine.js';
import { measureManyRestores } from './replication/many-restores.js';
import { findRestoreAnomalies } from './replication/restore-anomalies.js';
import { restoreCostsOf } from './replication/restore-costs.js';
import { replicationReport, type ReplicationMeasurements } from './replication/restore-report.js';
import { openRestoreWorld, type RestoreBenchWorld } from './replication/restore-world.js';
import {
  measureFirstRestore,
  measureSingleRestores,
  type SingleRestores,
} from './replication/single-restores.js';
import { measureWaiting } from './replication/waiting-restores.js';

/** Measures what spec 2 limits, on the whole local stack with the real worker; pods and compactions are acted. */
export async function benchReplication(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const before = lookAtMachine();
  const world = await openRestoreWorld(options);
  try {
    const measured = await Promise.race([measureAll(world, options), watchesEnd(world)]);
    const report = replicationReport({ ...measured, before, after: lookAtMachine() });
    return { report, anomalies: measured.anomalies };
  } finally {
    await world.close();
  }
}

type OfWorld = Omit<ReplicationMeasurements, 'before' | 'after'>;

async function measureAll(world: RestoreBenchWorld, { say, full }: BenchmarkOptions): Promise<OfWorld> {
  say('the first restore of a fresh worker');
  const first = await measureFirstRestore(world);
  say('restores whose compaction ends last, one after another (about a minute)');
  const compactionLast = await measureSingleRestores(world, 'compaction');
  say('restores whose snapshot ends last, one after another (about a minute)');
  const snapshotLast = await measureSingleRestores(world, 'snapshot');
  say('restores that wait (about three quarters of a minute)');
  const waiting = await measureWaiting(world);
  if (full) say('500 restores at once (some minutes)');
  const many = full ? await measureManyRestores(world, 500) : undefined;
  say('reading the audit log');
  const writes = await readWrites(world.stack.controlPlane.auditLog);
  const { workerUser, journal } = world;
  const orderOf = (singles: SingleRestores) => ({
    singles,
    costs: restoreCostsOf({ writes, names: namesOf(singles.restores), workerUser }),
  });
  const ended = [first, ...compactionLast.restores, ...snapshotLast.restores, ...(many?.restores ?? [])];
  return {
    first,
    orders: [orderOf(compactionLast), orderOf(snapshotLast)],
    waiting,
    many,
    anomalies: findRestoreAnomalies(journal, namesOf(ended)),
  };
}

function namesOf(restores: readonly { readonly name: string }[]): string[] {
  return restores.map(({ name }) => name);
}

/** Without its watches the bench would wait in vain. */
async function watchesEnd({ journal }: RestoreBenchWorld): Promise<never> {
  await journal.ended;
  throw new Error('the watches of the bench ended');
}
