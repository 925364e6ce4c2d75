import { setTimeout as delay } from 'node:timers/promises';
import { parseTime } from '../../src/domain/time.js';
import { writesOf, type AuditedWrite } from '../e2e/audit-log.js';
import { startHoldfastWorld, type HoldfastWorld } from '../e2e/holdfast-world.js';
import { incidentOf } from '../e2e/observations.js';
import { waitFor } from '../e2e/wait-for.js';
import { startWorker, type WorkerProcess } from '../e2e/worker-process.js';
import { peerFiles } from './peer-files.js';
import { OPERATOR, startTidbOperator } from './tidb-operator.js';

const WATCHED = ['jobs', 'backups', 'restores'];

/** The local stack with stock CRDs, the real TiDB Operator and a worker of ours. */
export interface PeerWorld extends HoldfastWorld {
  readonly worker: WorkerProcess;
  /** What the operator wrote to Jobs, Backups and Restores whose name is, or contains, `name`; refused writes included. */
  operatorWrites(name: string): Promise<AuditedWrite[]>;
  /** The same of our worker, Events included. */
  ourWrites(name: string): Promise<AuditedWrite[]>;
}

/**
 * @param operatorArgs flags of the operator besides those of its leader election
 * @param crds file of CRDs instead of the stock ones
 */
export async function startPeerWorld(operatorArgs: readonly string[], crds?: string): Promise<PeerWorld> {
  const files = await peerFiles();
  const world = await startHoldfastWorld({ crds: crds ?? files.crds });
  try {
    await startTidbOperator(world, { files, args: operatorArgs });
    const worker = await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
    const writes = async (user: string, name: string) => {
      const all = await writesOf(world.stack.controlPlane.auditLog, user);
      return all.filter((write) => write.name.includes(name));
    };
    return {
      ...world,
      worker,
      operatorWrites: async (name) =>
        (await writes(OPERATOR, name)).filter(({ resource }) => WATCHED.includes(resource)),
      ourWrites: (name) => writes('holdfast-worker', name),
    };
  } catch (failure) {
    await world.stop();
    throw failure;
  }
}

export async function waitUntilSettled(world: HoldfastWorld, name: string): Promise<void> {
  await waitFor(
    `the incident of ${name} settles`,
    () => incidentOf(world.journal, name)?.state === 'settled',
    60_000,
  );
}

/** Lets the operator look at everything again, twice. That it does nothing can only be seen by letting time pass. */
export async function letTwoResyncsPass(resyncMs: number): Promise<void> {
  await delay(2 * resyncMs + 1_000);
}

/** What the operator wrote after the first failure of an incident was recorded: none of that is its business. */
export async function meddlingWith(world: PeerWorld, name: string): Promise<AuditedWrite[]> {
  const recordedMs = parseTime(incidentOf(world.journal, name)?.firstFailedAt);
  if (recordedMs === undefined) throw new Error(`${name} has no incident`);
  // `firstFailedAt` has whole seconds; in its own second the operator may still write what it had begun.
  return (await world.operatorWrites(name)).filter(({ atMs }) => atMs >= recordedMs + 1_000);
}

/** The verbs of the writes to Jobs, oldest first. */
export function jobWritesOf(writes: readonly AuditedWrite[]): string[] {
  return writes.filter(({ resource }) => resource === 'jobs').map(({ verb }) => verb);
}
