import { setTimeout as delay } from 'node:timers/promises';
import { RESTORES } from '../../src/kubernetes/resources.js';
import { busyPercent, lookAtMachine } from '../machine.js';
import { NAMESPACE } from '../retry/manifests.js';
import { createYardstick, type Yardstick } from '../yardstick.js';
import { observedRestore, type ObservedRestore } from './observed-restore.js';
import { untouchedRestoreManifest, type ScriptedRestore } from './restore-manifests.js';
import { untilCondition, untilPhase, type RestoreBenchWorld } from './restore-world.js';

const COUNT = 30;
/** From one Restore to the next. */
const GAP_MS = 2_000;
const YARDSTICKS_PER_GAP = 3;
const TIMEOUT_MS = 60_000;
/** Longer than everything that the compaction needs which is there first. */
const LATE_SNAPSHOT_MS = 1_000;

/** Which one of both inputs comes last. */
export type LastInput = 'compaction' | 'snapshot';

export interface SingleRestores {
  readonly last: LastInput;
  readonly restores: readonly ObservedRestore[];
  /** See yardstick.ts; taken in between, under the same load. */
  readonly yardstickMs: readonly number[];
  /** Of all cores, while this was measured. */
  readonly busyPercent: number;
}

/** Restores one after another, with pauses in between. */
export async function measureSingleRestores(
  world: RestoreBenchWorld,
  last: LastInput,
): Promise<SingleRestores> {
  const yardstick = await createRestoreYardstick(world, `${last}-last-yardstick`);
  const yardstickMs: number[] = [];
  const machine = lookAtMachine();
  const running: Promise<ObservedRestore>[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    running.push(runOne(world, last, scripted(last, index)));
    for (let taken = 0; taken < YARDSTICKS_PER_GAP; taken += 1) {
      await delay(GAP_MS / YARDSTICKS_PER_GAP);
      yardstickMs.push(await yardstick.measureMs());
    }
  }
  const restores = await Promise.all(running);
  return { last, restores, yardstickMs, busyPercent: busyPercent(machine, lookAtMachine()) };
}

/** The very first restore of a fresh worker: connections and code are cold, so it is told apart. */
export async function measureFirstRestore(world: RestoreBenchWorld): Promise<ObservedRestore> {
  return runOne(world, 'compaction', { ...scripted('compaction', 0), name: 'first', compactBackup: 'first' });
}

function scripted(last: LastInput, index: number): ScriptedRestore {
  const name = `${last}-last-${String(index).padStart(3, '0')}`;
  return { name, compactBackup: name, snapshotMs: last === 'snapshot' ? LATE_SNAPSHOT_MS : 50, logMs: 50 };
}

async function runOne(
  world: RestoreBenchWorld,
  last: LastInput,
  restore: ScriptedRestore,
): Promise<ObservedRestore> {
  const { name, compactBackup } = restore;
  await world.createCompactBackup(compactBackup);
  await world.setCompaction(compactBackup, last === 'compaction' ? 'Running' : 'Complete');
  await world.createRestore(restore);
  if (last === 'compaction') {
    await untilCondition(world, { name, type: 'SnapshotRestored', timeoutMs: TIMEOUT_MS });
    await world.setCompaction(compactBackup, 'Complete');
  }
  await untilPhase(world, { names: [name], phase: 'Complete', timeoutMs: TIMEOUT_MS });
  return observedRestore(world.journal, restore);
}

async function createRestoreYardstick({ api, journal }: RestoreBenchWorld, name: string): Promise<Yardstick> {
  await api.create(RESTORES, NAMESPACE, untouchedRestoreManifest(name));
  return createYardstick({
    write: (commitTs) =>
      api.mergePatch({ resource: RESTORES, namespace: NAMESPACE, name }, { status: { commitTs } }),
    seenAtMs: (commitTs) =>
      journal.restores(name).find(({ object }) => object.status.commitTs === commitTs)?.atMs,
  });
}
