import { expect } from 'vitest';
import type { Hold, HoldMatch } from '../../dev/hold-proxy/holds.js';
import type { HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import { restoreJobName } from '../../src/domain/replication/restore-job-name.js';
import type { ReplicationStep } from '../../src/domain/replication/restore-step.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import { cancelRestore } from '../../src/workflows/restore-messages.js';
import type { PodScript } from './backup-manifest.js';
import { ENDLESS_POD, LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { expectEnd, type RestoreScene } from './restore-scene.js';
import type { RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';

/** A moment in the life of a Restore at which a server or the worker dies. */
export interface RestoreMoment {
  readonly state: string;
  /** Name of the Restore; its CompactBackup is `cb-<name>`. */
  readonly restore: string;
  /** The call under way then; `undefined`: the restore waits, or its pods run. */
  readonly call?: HoldMatch;
  readonly script?: PodScript;
  /** Merged into `spec.replicationConfig`. */
  readonly replicationConfig?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: Complete before the Restore is created. */
  readonly compaction?: 'before' | 'beside' | 'afterwards' | 'never';
  /** A person cancels the restore when the Job of this step exists. */
  readonly cancelAt?: ReplicationStep;
  /** What is waited for where no call is. */
  readonly until?: { readonly condition: string } | { readonly phase: string };
}

export interface RestoreStage {
  readonly world: RestoreWorld;
  readonly scene: RestoreScene;
  readonly proxy: HoldProxy;
}

/** A Restore that is at its moment. */
export interface ReachedMoment {
  readonly moment: RestoreMoment;
  readonly restore: Restore;
  readonly hold: Hold | undefined;
}

export function statusPatch(restore: string, body: RegExp): Pick<HoldMatch, 'method' | 'path' | 'body'> {
  return { method: 'PATCH', path: new RegExp(`/restores/${restore}(\\?|$)`), body };
}

export function jobCreation(restore: string, step: ReplicationStep): Omit<HoldMatch, 'when'> {
  return { method: 'POST', path: /\/jobs$/, body: new RegExp(`"name":"${restoreJobName(restore, step)}"`) };
}

export function jobDeletion(restore: string, step: ReplicationStep): Omit<HoldMatch, 'when'> {
  return { method: 'DELETE', path: new RegExp(`/jobs/${restoreJobName(restore, step)}(\\?|$)`) };
}

export function eventOn(restore: string, reason: string): Omit<HoldMatch, 'when'> {
  return {
    method: 'POST',
    path: /\/events(\?|$)/,
    body: new RegExp(`"name":"${restore}\\..*"reason":"${reason}"`),
  };
}

/** Creates the Restore and waits until it is at its moment. */
export async function reachMoment(stage: RestoreStage, moment: RestoreMoment): Promise<ReachedMoment> {
  const { world, scene, proxy } = stage;
  const { restore: name, call, script = [SNAPSHOT_POD, LOG_POD], annotations, cancelAt, until } = moment;
  const { compaction = 'before' } = moment;
  const compactBackup = `cb-${name}`;
  const hold = call && proxy.holdNext(call);
  if (compaction !== 'never') await world.createCompactBackup(compactBackup);
  if (compaction === 'before') await world.setCompaction(compactBackup, { state: 'Complete' });
  const replicationConfig = { compactBackupName: compactBackup, ...moment.replicationConfig };
  const restore = await world.createRestore({
    name,
    script,
    spec: { replicationConfig },
    ...(annotations !== undefined && { annotations }),
  });
  if (compaction === 'beside') {
    await jobExists(world, name, 'snapshot-restore');
    await world.setCompaction(compactBackup, { state: 'Complete' });
  }
  if (cancelAt !== undefined) {
    await jobExists(world, name, cancelAt);
    // It answers when the first look after it is over: that may be after the crash.
    void world
      .restoreWorkflow(restore)
      .executeUpdate(cancelRestore, { args: [{ by: 'alice@laptop' }] })
      .catch(() => undefined);
  }
  if (hold !== undefined) await isHeld(hold, name);
  else if (until !== undefined && 'phase' in until) await scene.reachPhase(name, until.phase);
  else if (until !== undefined) await scene.reach(name, until.condition);
  return { moment, restore, hold };
}

async function jobExists(world: RestoreWorld, name: string, step: ReplicationStep): Promise<void> {
  const job = restoreJobName(name, step);
  await waitFor(`Job ${job} exists`, () => world.journal.jobs(job).length > 0);
}

async function isHeld(hold: Hold, name: string): Promise<void> {
  let caught = false;
  void hold.held.then(() => (caught = true));
  await waitFor(`the call of ${name} is held`, () => caught);
}

/** What is still to come from others, when all run again. */
export async function goOn({ world }: RestoreStage, { moment, restore }: ReachedMoment): Promise<void> {
  if (moment.compaction !== 'afterwards') return;
  await waitFor('the compaction ends', async () => {
    await world.setCompaction(`cb-${restore.metadata.name}`, { state: 'Complete' });
    return true;
  });
}

/** When all run again: the restore ends as it would have, and nothing that must not happen did. */
export async function expectGoodEnd(stage: RestoreStage, reached: ReachedMoment): Promise<void> {
  const { world, scene } = stage;
  const { restore, moment } = reached;
  const { name } = restore.metadata;
  await goOn(stage, reached);
  const outcome = moment.cancelAt === undefined ? 'Complete' : 'Failed';
  await expectEnd({ world, restore, outcome });
  if (outcome === 'Failed') {
    expect(scene.conditionOf(name, 'Failed')?.reason).toBe('RestoreCancelled');
    return;
  }
  const reasons = (): string[] => world.journal.restoreEvents(name).map(({ reason }) => reason);
  await waitFor('its last Event', () => reasons().includes('RestoreComplete'));
  expect(
    reasons()
      .filter((reason) => reason !== 'CompactBackupNotFound')
      .sort(),
  ).toEqual(['CompactSettled', 'LogRestoreStarted', 'RestoreComplete', 'SnapshotRestoreStarted']);
}

/** A snapshot half that a crash finds at work, and its restart too. */
export const LONG_SNAPSHOT_POD = { ...SNAPSHOT_POD, afterMs: 8_000 };
/** A log half that runs and reports while the worker is dead. */
export const LONG_LOG_POD = { ...LOG_POD, afterMs: 6_000 };
/** A log half that only a cancel ends. */
export const ENDLESS_LOG_POD = { ...ENDLESS_POD, crWrites: ['Running'] };
