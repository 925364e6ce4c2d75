import { decideRestore } from '../../../src/domain/replication/decide-restore.js';
import type { CompactBackup } from '../../../src/domain/replication/compact-backup.js';
import type { GatePolicy } from '../../../src/domain/replication/gate-policy.js';
import type { RestoreDecision } from '../../../src/domain/replication/restore-decision.js';
import type { RestoreEvent } from '../../../src/domain/replication/restore-events.js';
import type { Restore, RestoreStatus } from '../../../src/domain/replication/restore.js';
import {
  statusWithRestoreCondition,
  type RestoreConditionUpdate,
} from '../../../src/domain/replication/restore-status.js';
import type { RestoreJobStep } from '../../../src/domain/replication/restore-step.js';
import type { Obstacle, SeenRestore } from '../../../src/domain/replication/seen-restore.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { CREATED_MS, jobOf, restoreWith } from './restore-objects.js';

/** A cluster with one Restore in it, in memory; what was decided is done at once. */
export interface RestoreWorld {
  restore: Restore;
  jobs: Partial<Record<RestoreJobStep, Job>>;
  livePods: string[];
  compactBackup: CompactBackup | undefined;
  obstacles: Obstacle[];
  gatePolicy: Partial<GatePolicy> | undefined;
  cancelled: string | undefined;
  nowMs: number;
  /** Everything that was written: `status <phase>/<step>` and `job <step>`. */
  readonly writes: string[];
  readonly events: RestoreEvent[];
  /** Every version of the status that a watcher could have seen. */
  readonly versions: RestoreStatus[];
  readonly created: Extract<RestoreDecision, { kind: 'CreateJob' }>[];
}

export function createRestoreWorld(parts: Parameters<typeof restoreWith>[0] = {}): RestoreWorld {
  return {
    restore: restoreWith(parts),
    jobs: {},
    livePods: [],
    compactBackup: undefined,
    obstacles: [],
    gatePolicy: undefined,
    cancelled: undefined,
    nowMs: CREATED_MS,
    writes: [],
    events: [],
    versions: [],
    created: [],
  };
}

export function seenIn(world: RestoreWorld): SeenRestore {
  const { restore, jobs, livePods, compactBackup, obstacles, gatePolicy, cancelled, nowMs } = world;
  return { restore, jobs, livePods, compactBackup, obstacles, gatePolicy, cancelled, nowMs };
}

/** Decides and does it, until there is nothing to do. */
export function settle(world: RestoreWorld): RestoreDecision {
  for (let steps = 0; steps < 20; steps += 1) {
    const decision = actOnce(world);
    if (decision.kind !== 'Write' && decision.kind !== 'CreateJob' && decision.kind !== 'StopJobs')
      return decision;
  }
  throw new Error(`no end of it: ${world.writes.join(', ')}`);
}

/** One look, and what it asks for. */
export function actOnce(world: RestoreWorld): RestoreDecision {
  const decision = decideRestore(seenIn(world));
  switch (decision.kind) {
    case 'Write':
      writeStatus(world, decision.status);
      world.writes.push(`status ${decision.status.phase ?? '-'}/${decision.status.replicationStep ?? '-'}`);
      tell(world, decision.events);
      break;
    case 'CreateJob':
      if (world.jobs[decision.step] !== undefined) throw new Error(`Job ${decision.step} exists`);
      if (world.livePods.length > 0) throw new Error(`${world.livePods.join(', ')} still run`);
      world.jobs[decision.step] = jobOf(decision.step);
      world.livePods.push(`pod-${decision.step}`);
      world.writes.push(`job ${decision.step}`);
      world.created.push(decision);
      tell(world, decision.event === undefined ? [] : [decision.event]);
      break;
    case 'StopJobs':
      for (const step of decision.steps) delete world.jobs[step];
      world.livePods = [];
      break;
    case 'Ended':
      tell(world, decision.events);
      break;
    case 'Await':
    case 'Leave':
      break;
  }
  return decision;
}

/** An Event of the same name is the same Event. */
function tell(world: RestoreWorld, events: readonly RestoreEvent[]): void {
  for (const event of events) {
    const known = world.events.some(({ reason, key }) => reason === event.reason && key === event.key);
    if (!known) world.events.push(event);
  }
}

export function writeStatus(world: RestoreWorld, status: RestoreStatus): void {
  world.restore = { ...world.restore, status };
  world.versions.push(status);
}

/** The program in the pod writes one condition; what it has to say stands in Failed, or in `said`. */
export function report(
  world: RestoreWorld,
  type: RestoreConditionUpdate['type'],
  {
    said = type === 'Failed' ? 'as BR said' : undefined,
    commitTs,
  }: { said?: string; commitTs?: string } = {},
): void {
  const status = statusWithRestoreCondition(world.restore.status, {
    type,
    now: '2026-11-21T11:00:00Z',
    ...(said !== undefined && { reason: 'FromPod', message: said }),
    ...(commitTs !== undefined && { fields: { commitTs } }),
  });
  writeStatus(world, status);
}

/** The Job of a step ends, and its pods with it. */
export function endJob(world: RestoreWorld, step: RestoreJobStep, type: 'Complete' | 'Failed'): void {
  const lastTransitionTime = new Date(world.nowMs).toISOString();
  const why =
    type === 'Failed'
      ? { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
      : {};
  world.jobs[step] = jobOf(step, { ended: { type, lastTransitionTime, ...why } });
  world.livePods = world.livePods.filter((pod) => pod !== `pod-${step}`);
}

/** Somebody deletes the Job of a step; its pods may run on. */
export function deleteJob(world: RestoreWorld, step: RestoreJobStep, { podsToo = true } = {}): void {
  delete world.jobs[step];
  if (podsToo) world.livePods = world.livePods.filter((pod) => pod !== `pod-${step}`);
}

export function conditionOf(world: RestoreWorld, type: string) {
  return world.restore.status.conditions?.find((condition) => condition.type === type);
}

export function eventReasons(world: RestoreWorld): string[] {
  return world.events.map(({ reason }) => reason);
}
