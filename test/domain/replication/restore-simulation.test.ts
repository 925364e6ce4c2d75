import fc from 'fast-check';
import { expect, test } from 'vitest';
import { observeRestoreJob, runningSteps } from '../../../src/domain/replication/observe-restore-job.js';
import type { RestoreDecision } from '../../../src/domain/replication/restore-decision.js';
import { waitingOf } from '../../../src/domain/replication/restore-status.js';
import type { RestoreStatus } from '../../../src/domain/replication/restore.js';
import { RESTORE_JOB_STEPS, type RestoreJobStep } from '../../../src/domain/replication/restore-step.js';
import { compactBackupWith, jobOf } from './restore-objects.js';
import {
  actOnce,
  createRestoreWorld,
  deleteJob,
  endJob,
  report,
  settle,
  type RestoreWorld,
} from './restore-world.js';

/** Something that happens around a restore; between any two of them the worker may look, or be dead. */
type Happening = (world: RestoreWorld) => void;

const happening = (name: string, happen: Happening): Happening =>
  Object.assign(happen, { [fc.toStringMethod]: () => name });

const steps = RESTORE_JOB_STEPS;

/** Only a Job that runs can end, and only its pod can report. */
const ifRuns =
  (step: RestoreJobStep, happen: Happening): Happening =>
  (world) => {
    if (observeRestoreJob(world, step).state === 'running') happen(world);
  };

const look = fc.constant(happening('look', actOnce));
const somebodyElses = fc.oneof(
  fc
    .constantFrom('', 'Scheduled', 'Prepare', 'Running', 'RetryFailed', 'Complete', 'Failed', 'Odd')
    .map((state) =>
      happening(`compaction "${state}"`, (world) => {
        world.compactBackup = compactBackupWith({ status: { state } });
      }),
    ),
  fc.constantFrom(
    happening('compaction of another place', (world) => {
      world.compactBackup = compactBackupWith({
        spec: { br: { cluster: 'other' } },
        status: { state: 'Complete' },
      });
    }),
    happening('no compaction', (world) => {
      world.compactBackup = undefined;
    }),
    happening('an obstacle', (world) => {
      world.obstacles = [{ reason: 'TikvGateClosed', message: 'set ratio-threshold = -1.0' }];
    }),
    happening('no obstacle', (world) => {
      world.obstacles = [];
    }),
    happening('a predecessor of the log Job', (world) => {
      world.jobs['log-restore'] ??= jobOf('log-restore', { ownerUid: 'predecessor' });
    }),
    happening('a predecessor goes', (world) => {
      if (observeRestoreJob(world, 'log-restore').state === 'foreign') delete world.jobs['log-restore'];
    }),
    happening('cancel', (world) => {
      world.cancelled = 'cancelled';
    }),
    happening('pods end', (world) => {
      world.livePods = runningSteps(world).map((step) => `pod-${step}`);
    }),
  ),
  fc
    .constantFrom('mismatch=wait', 'mismatch=proceed', 'timeout=wait', 'partial=wait', 'typo', '')
    .map((policy) =>
      happening(`policy "${policy}"`, (world) => {
        const annotations = { 'holdfast.dev/gate-policy': policy };
        world.restore = { ...world.restore, metadata: { ...world.restore.metadata, annotations } };
      }),
    ),
  fc.constantFrom(1_000, 30_000, 120_000).map((ms) =>
    happening(`${ms} ms`, (world) => {
      world.nowMs += ms;
    }),
  ),
);
const jobs = fc
  .tuple(fc.constantFrom(...steps), fc.constantFrom('Complete', 'Failed', 'deleted', 'deleted under its pod'))
  .map(([step, what]) =>
    happening(
      `${step} ${what}`,
      ifRuns(step, (world) => {
        if (what === 'Complete' || what === 'Failed') endJob(world, step, what);
        else deleteJob(world, step, { podsToo: what === 'deleted' });
      }),
    ),
  );
const pods = fc
  .tuple(fc.constantFrom('log-restore', 'standard'), fc.constantFrom('Running', 'Complete', 'Failed'))
  .map(([step, word]) =>
    happening(
      `${step} pod: ${word}`,
      ifRuns(step, (world) => report(world, word)),
    ),
  );

const story = fc.array(fc.oneof({ weight: 4, arbitrary: look }, somebodyElses, jobs, pods), {
  maxLength: 60,
});

function isMarked(status: RestoreStatus, type: string): boolean {
  return status.conditions?.some((entry) => entry.type === type && entry.status === 'True') ?? false;
}

/** How often the gate opened, and that it did so with both markers. */
function openings({ versions }: RestoreWorld): number {
  const passes = versions.filter(
    (status, index) =>
      status.replicationStep === 'log-restore' && versions[index - 1]?.replicationStep !== 'log-restore',
  );
  for (const status of passes) {
    expect([isMarked(status, 'SnapshotRestored'), isMarked(status, 'CompactSettled')]).toEqual([true, true]);
  }
  return passes.length;
}

const STEP_OF_PHASE: Readonly<Record<string, string>> = {
  SnapshotRestore: 'snapshot-restore',
  LogRestore: 'log-restore',
  Running: 'log-restore',
};

function expectSound(world: RestoreWorld): void {
  expect(openings(world)).toBeLessThanOrEqual(1);
  const isStandard = world.restore.spec.replicationConfig === undefined;
  const disagreeing = world.versions.filter(({ phase = '', replicationStep }) => {
    const expected = isStandard ? undefined : STEP_OF_PHASE[phase];
    return expected !== undefined && expected !== replicationStep;
  });
  expect(disagreeing).toEqual([]);
  const logJobs = world.created.filter(({ step }) => step === 'log-restore').length;
  expect(logJobs === 0 || openings(world) === 1).toBe(true);
}

/** What the Restore itself has to say about it: where somebody must bring something, the whole sentence. */
function expectNamed({ restore }: RestoreWorld, last: RestoreDecision): void {
  expect(last.summary).not.toBe('');
  const isObstacle = last.kind === 'Await' && last.reason === 'Obstacle';
  expect(!isObstacle || waitingOf(restore.status)?.message === last.summary).toBe(true);
}

/** What everybody around the restore can do, so that it has no reason left to wait. */
function bringEverything(world: RestoreWorld): void {
  world.obstacles = [];
  world.livePods = [];
  world.compactBackup = compactBackupWith({ status: { state: 'Complete' } });
  if (observeRestoreJob(world, 'log-restore').state === 'foreign') delete world.jobs['log-restore'];
  const { annotations: _policy, ...metadata } = world.restore.metadata;
  world.restore = { ...world.restore, metadata };
  for (const step of steps) ifRuns(step, () => endJob(world, step, 'Complete'))(world);
  world.nowMs += 60_000;
}

const prune = fc.constantFrom(undefined, 'afterFailed');
const replicationConfig = fc.constantFrom(
  undefined,
  { compactBackupName: 'cb-1' },
  { compactBackupName: 'cb-1', waitTimeout: '1m' },
);

// A thousand stories take some seconds on a busy machine.
test(
  'the gate opens at most once, never before both markers, and every run ends or names what it waits for',
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(story, prune, replicationConfig, (happenings, prune, replicationConfig) => {
        const world = createRestoreWorld({ spec: { prune, replicationConfig } });
        let mostRunning = 0;
        for (const happen of happenings) {
          happen(world);
          mostRunning = Math.max(mostRunning, runningSteps(world).length);
        }
        expect(mostRunning).toBeLessThanOrEqual(1);
        expectSound(world);
        let last = settle(world);
        expectNamed(world, last);
        for (let rounds = 0; last.kind === 'Await' && rounds < 6; rounds += 1) {
          bringEverything(world);
          last = settle(world);
          expectSound(world);
        }
        expect(last.kind).toBe('Ended');
      }),
      { numRuns: 1_000 },
    );
  },
);
