import { ScheduleNotFoundError, type Client, type ScheduleDescription } from '@temporalio/client';
import { RunRestoreDrillInput } from '../domain/drill/drill-input.js';
import type { DrillPlan } from '../domain/drill/drill-plan.js';
import type { ScheduledPlan } from '../domain/drill/drill-plan-metrics.js';
import { drillScheduleId } from '../domain/names.js';
import { PLAN } from '../workflows/search-attributes.js';

/** Names of the plans of a cluster that have a Schedule, in no order. A new one may be missing for a second. */
export async function drillPlanNames(client: Client, cluster: string): Promise<string[]> {
  const prefix = drillScheduleId({ cluster, plan: '' });
  const names: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    if (scheduleId.startsWith(prefix)) names.push(scheduleId.slice(prefix.length));
  }
  return names;
}

/** `undefined` for a Schedule of the same name that is not ours, or of a version that we do not know. */
export function planOfSchedule({ action }: ScheduleDescription): DrillPlan | undefined {
  const input = action.type === 'startWorkflow' ? action.args?.[0] : undefined;
  return RunRestoreDrillInput.safeParse(input).data?.plan;
}

/** When it is due next, milliseconds since the epoch; `undefined` where it is paused, or has no cron. */
export function nextRunMsOf({ state, info }: ScheduleDescription): number | undefined {
  return state.paused ? undefined : info.nextActionTimes[0]?.getTime();
}

/**
 * @returns `undefined` where the plan has no Schedule
 * @throws Error where a Schedule of its name is there and holds no plan that can be read
 */
export async function scheduledPlan(
  client: Client,
  name: { cluster: string; plan: string },
): Promise<ScheduledPlan | undefined> {
  const scheduleId = drillScheduleId(name);
  const found = await client.schedule
    .getHandle(scheduleId)
    .describe()
    .catch((failure: unknown) => {
      if (failure instanceof ScheduleNotFoundError) return undefined;
      throw failure;
    });
  if (found === undefined) return undefined;
  const plan = planOfSchedule(found);
  if (plan === undefined) throw new Error(`Schedule ${scheduleId} holds no plan that this version can read`);
  const { info, state } = found;
  const nextRunMs = nextRunMsOf(found);
  return {
    plan,
    createdMs: info.createdAt.getTime(),
    paused: state.paused,
    ...(nextRunMs !== undefined && { nextRunMs }),
    missedRuns: info.numActionsMissedCatchupWindow,
    skippedRuns: info.numActionsSkippedOverlap,
  };
}

/** When the oldest running drill of each plan began, however it was started; milliseconds since the epoch. */
export async function runningDrills(client: Client, cluster: string): Promise<ReadonlyMap<string, number>> {
  const query = `WorkflowType = 'runRestoreDrill' AND ExecutionStatus = 'Running' AND HoldfastCluster = '${cluster}'`;
  const startedMs = new Map<string, number>();
  for await (const { typedSearchAttributes, startTime } of client.workflow.list({ query })) {
    const plan = typedSearchAttributes.get(PLAN);
    if (plan === undefined) continue;
    startedMs.set(plan, Math.min(startedMs.get(plan) ?? Infinity, startTime.getTime()));
  }
  return startedMs;
}
