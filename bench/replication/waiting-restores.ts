import { setTimeout as delay } from 'node:timers/promises';
import { restoreWorkflowId, watchWorkflowId } from '../../src/domain/names.js';
import { countWritesOf } from '../audit-log.js';
import { usageOf } from '../process-usage.js';
import type { ScriptedRestore } from './restore-manifests.js';
import { untilCondition, type RestoreBenchWorld } from './restore-world.js';

const COUNT_EACH = 20;
const IDLE_MS = 30_000;
const TIMEOUT_MS = 60_000;
/** What the last nudges lead to is over then. */
const CALM_MS = 5_000;

const KINDS = ['absent', 'running', 'blocked'] as const;
type Kind = (typeof KINDS)[number];

export interface Waiting {
  readonly seconds: number;
  readonly count: number;
  /** Write requests of the worker in that time, for all of them. */
  readonly apiWrites: number;
  /** Events that Temporal added: of restores that wait for their compaction, and of the watch. */
  readonly temporalEvents: number;
  /** The same of half as many restores, which wait for a TidbCluster. */
  readonly blockedTemporalEvents: number;
  readonly workerCpuPercent: number;
}

/** Lets time pass over restores that wait for what somebody has to bring. */
export async function measureWaiting(world: RestoreBenchWorld): Promise<Waiting> {
  const restores = KINDS.flatMap((kind) =>
    Array.from({ length: COUNT_EACH }, (_, index) => waitingRestore(kind, index)),
  );
  await createAll(world, restores);
  const pid = world.stack.group.pid('worker');
  const look = () => Promise.all([workerWrites(world), historyLengths(world, restores), usageOf(pid)]);
  await delay(CALM_MS);
  const [writesBefore, before, usageBefore] = await look();
  await delay(IDLE_MS);
  const [writesAfter, after, usageAfter] = await look();
  return {
    seconds: IDLE_MS / 1_000,
    count: 2 * COUNT_EACH,
    apiWrites: writesAfter - writesBefore,
    temporalEvents: after.waiting - before.waiting,
    blockedTemporalEvents: after.blocked - before.blocked,
    workerCpuPercent: (100 * (usageAfter.cpuMs - usageBefore.cpuMs)) / IDLE_MS,
  };
}

interface WaitingRestore extends ScriptedRestore {
  readonly kind: Kind;
}

/** One half of them have a CompactBackup that runs; no TidbCluster bears the name that the blocked ones give. */
function waitingRestore(kind: Kind, index: number): WaitingRestore {
  const name = `waiting-${kind}-${String(index).padStart(2, '0')}`;
  const cluster = kind === 'blocked' ? { cluster: 'not-there' } : {};
  return { kind, name, compactBackup: name, snapshotMs: 0, logMs: 0, ...cluster };
}

async function createAll(world: RestoreBenchWorld, restores: readonly WaitingRestore[]): Promise<void> {
  for (const restore of restores.filter(({ kind }) => kind === 'running')) {
    await world.createCompactBackup(restore.compactBackup);
    await world.setCompaction(restore.compactBackup, 'Running');
  }
  for (const restore of restores) await world.createRestore(restore);
  for (const { name, kind } of restores) {
    const type = kind === 'blocked' ? 'Waiting' : 'SnapshotRestored';
    await untilCondition(world, { name, type, timeoutMs: TIMEOUT_MS });
  }
}

function workerWrites({ stack, workerUser }: RestoreBenchWorld): Promise<number> {
  return countWritesOf(workerUser, stack.controlPlane.auditLog);
}

async function historyLengths(
  world: RestoreBenchWorld,
  restores: readonly WaitingRestore[],
): Promise<{ waiting: number; blocked: number }> {
  const lengthOf = async (id: string) =>
    (await world.temporal.workflow.getHandle(id).describe()).historyLength;
  const sumOf = async (kinds: readonly Kind[]) => {
    const ids = restores.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => idOf(world, name));
    const lengths = await Promise.all(ids.map(lengthOf));
    return lengths.reduce((sum, length) => sum + length, 0);
  };
  const [waiting, watch, blocked] = await Promise.all([
    sumOf(['absent', 'running']),
    lengthOf(watchWorkflowId(world.cluster)),
    sumOf(['blocked']),
  ]);
  return { waiting: waiting + watch, blocked };
}

function idOf({ journal }: RestoreBenchWorld, name: string): string {
  const metadata = journal.restores(name)[0]?.object.metadata;
  if (metadata === undefined) throw new Error(`Restore ${name} was not seen`);
  return restoreWorkflowId(metadata);
}
