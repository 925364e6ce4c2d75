import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
} from '@temporalio/client';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import type { RunRestoreDrillInput } from '../../domain/drill/drill-input.js';
import { drillScheduleId } from '../../domain/names.js';
import { drillPlanNames, nextRunMsOf, planOfSchedule } from '../../temporal/drill-plans.js';
import { drillSchedule } from '../../temporal/drill-schedule.js';
import { runRestoreDrillStart } from '../../temporal/run-restore-drill-start.js';
import type { runRestoreDrill, RunRestoreDrillResult } from '../../workflows/run-restore-drill.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { WorkflowRun } from '../temporal-runs.js';

/** A plan as it is applied: it stands in the action of its Schedule, nowhere else. */
export interface AppliedPlan {
  readonly plan: DrillPlan;
  readonly paused: boolean;
  /** Why it is paused, or was resumed. */
  readonly note?: string;
  /** Milliseconds since the epoch. */
  readonly nextRunMs?: number;
  /** The last drills that the Schedule started, newest first. */
  readonly recent: readonly (WorkflowRun & { readonly startedMs: number })[];
}

export interface PlanName {
  readonly cluster: string;
  readonly plan: string;
}

/** Drills and their plans, as commands use them. */
export interface DrillAccess {
  readonly plans: (cluster: string) => Promise<AppliedPlan[]>;
  /** `undefined` where it was never applied. */
  readonly plan: (name: PlanName) => Promise<AppliedPlan | undefined>;
  /** Creates or updates the Schedule. A person's pause stays, except where the plan itself changes it. */
  readonly apply: (apply: { cluster: string; taskQueue: string; plan: DrillPlan }) => Promise<void>;
  /** @throws CliFailure (6) where the plan was never applied; so do those below */
  readonly pause: (name: PlanName, note: string) => Promise<void>;
  readonly resume: (name: PlanName, note: string) => Promise<void>;
  readonly trigger: (name: PlanName) => Promise<void>;
  readonly backfill: (name: PlanName, period: { fromMs: number; toMs: number }) => Promise<void>;
  readonly run: (start: {
    input: RunRestoreDrillInput;
    taskQueue: string;
    startedMs: number;
  }) => Promise<WorkflowRun>;
  /** `undefined` when it has not ended after `timeoutMs`. @throws CliFailure */
  readonly outcomeOf: (
    run: WorkflowRun,
    deadline: { timeoutMs: number },
  ) => Promise<RunRestoreDrillResult | undefined>;
}

type Call = <T>(what: string, ask: () => Promise<T>) => Promise<T>;

export function createDrillAccess(client: Client, call: Call): Omit<DrillAccess, 'outcomeOf'> {
  const named = (name: PlanName) => client.schedule.getHandle(drillScheduleId(name));
  const change = (name: PlanName, what: string, act: () => Promise<void>): Promise<void> =>
    call(`${what} plan ${name.plan}`, act).catch((failure: unknown) => {
      throw isMissing(failure) ? notApplied(name) : failure;
    });
  const plan = (name: PlanName) =>
    call(`describe plan ${name.plan}`, async () => {
      try {
        return appliedPlan(await named(name).describe());
      } catch (failure) {
        if (isMissing(failure)) return undefined;
        throw failure;
      }
    });
  return {
    plan,
    plans: (cluster) =>
      call('list plans', async () => {
        const plans: AppliedPlan[] = [];
        for (const name of await drillPlanNames(client, cluster)) {
          const applied = await plan({ cluster, plan: name });
          if (applied !== undefined) plans.push(applied);
        }
        return plans.sort((a, b) => a.plan.name.localeCompare(b.plan.name));
      }),
    apply: (apply) => call(`apply plan ${apply.plan.name}`, () => applyPlan(client, apply)),
    pause: (name, note) =>
      change(name, 'pause', async () => {
        await named(name).pause(note);
        await untilSeen(named(name), ({ state }) => state.paused);
      }),
    resume: (name, note) =>
      change(name, 'resume', async () => {
        await named(name).unpause(note);
        await untilSeen(named(name), ({ state }) => !state.paused);
      }),
    trigger: (name) =>
      change(name, 'trigger', () =>
        // By default the client would start one beside the one that runs, whatever the Schedule says.
        named(name).trigger('SKIP'),
      ),
    backfill: (name, { fromMs, toMs }) =>
      change(name, 'backfill', () =>
        // One after another: each of them wants a drill host of its own.
        named(name).backfill({ start: new Date(fromMs), end: new Date(toMs), overlap: 'BUFFER_ALL' }),
      ),
    run: ({ input, taskQueue, startedMs }) =>
      call('start runRestoreDrill', async () => {
        const { workflowId, firstExecutionRunId } = await client.workflow.start<typeof runRestoreDrill>(
          'runRestoreDrill',
          { ...runRestoreDrillStart(input, startedMs), taskQueue },
        );
        return { workflowId, runId: firstExecutionRunId };
      }),
  };
}

async function applyPlan(
  client: Client,
  { cluster, taskQueue, plan }: { cluster: string; taskQueue: string; plan: DrillPlan },
): Promise<void> {
  const options = drillSchedule({ cluster, taskQueue, plan });
  const handle = client.schedule.getHandle(options.scheduleId);
  const before = await handle.describe().catch((failure: unknown) => {
    if (isMissing(failure)) return undefined;
    throw failure;
  });
  if (before === undefined) {
    await client.schedule.create(options);
    return;
  }
  let expected = before.state.paused;
  await handle.update((previous) => {
    const wasPausedByPlan = appliedPlan(before)?.plan.schedule?.paused ?? false;
    const byPerson = previous.state.paused && !wasPausedByPlan;
    const { note } = previous.state;
    const paused = (options.state?.paused ?? false) || byPerson;
    expected = paused;
    const { scheduleId: _id, memo: _memo, ...rest } = options;
    return { ...rest, state: { paused, ...(byPerson && note !== undefined && { note }) } };
  });
  await untilSeen(handle, (seen) => {
    const applied = appliedPlan(seen);
    return applied?.paused === expected && isDeepStrictEqual(applied.plan, plan);
  });
}

const SEEN_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * The server takes a change before it shows it: an `apply` right after a `pause` would undo what it cannot see yet.
 * What does not show in time was accepted all the same.
 */
async function untilSeen(
  handle: ScheduleHandle,
  isSeen: (description: ScheduleDescription) => boolean,
): Promise<void> {
  const deadline = performance.now() + SEEN_WITHIN_MS;
  while (!isSeen(await handle.describe()) && performance.now() < deadline) await delay(LOOK_EVERY_MS);
}

/** `undefined` for a Schedule of the same name that is not ours, or of a version that we do not know. */
function appliedPlan(description: ScheduleDescription): AppliedPlan | undefined {
  const plan = planOfSchedule(description);
  if (plan === undefined) return undefined;
  const { state, info } = description;
  const nextRunMs = nextRunMsOf(description);
  const { note, paused } = state;
  const recent = info.recentActions.map(({ action: { workflow }, takenAt }) => ({
    workflowId: workflow.workflowId,
    runId: workflow.firstExecutionRunId,
    startedMs: takenAt.getTime(),
  }));
  return {
    plan,
    paused,
    ...(note !== undefined && note !== '' && { note }),
    ...(nextRunMs !== undefined && { nextRunMs }),
    recent: recent.reverse(),
  };
}

function isMissing(failure: unknown): boolean {
  const cause = failure instanceof CliFailure ? failure.cause : failure;
  return cause instanceof ScheduleNotFoundError;
}

export function notApplied({ cluster, plan }: PlanName): CliFailure {
  const message = `no plan ${plan} is applied for cluster ${cluster}: 'holdfast apply -f' does, 'holdfast drill list' shows them`;
  return new CliFailure(message, { exitCode: EXIT.notFound });
}
