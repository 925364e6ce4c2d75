import type { DrillPlan } from '../domain/drill/drill-plan.js';
import type { RunRestoreDrillInput } from '../domain/drill/drill-input.js';
import { parseGoDuration } from '../domain/go-duration.js';
import { drillScheduleId } from '../domain/names.js';
import { drillLabels } from './run-restore-drill-start.js';

const DAY_MS = 86_400_000;

/** The Schedule of a plan. A plan without a schedule is kept in one all the same, which never runs by itself. */
export function drillSchedule({
  cluster,
  taskQueue,
  plan,
}: {
  readonly cluster: string;
  readonly taskQueue: string;
  readonly plan: DrillPlan;
}) {
  const { schedule } = plan;
  const scheduleId = drillScheduleId({ cluster, plan: plan.name });
  const args: [RunRestoreDrillInput] = [{ cluster, plan, selfTest: false }];
  return {
    scheduleId,
    spec: schedule === undefined ? {} : specOf(schedule),
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'runRestoreDrill' as const,
      workflowId: scheduleId,
      taskQueue,
      args,
      memo: { plan },
      ...drillLabels({ cluster, plan: plan.name }),
    },
    policies: {
      // A drill that still runs is worth more than one that begins.
      overlap: 'SKIP' as const,
      catchupWindow: milliseconds(schedule?.catchUpWindow) ?? DAY_MS,
    },
    state: { paused: schedule?.paused ?? false },
    memo: { plan },
  };
}

function specOf({ cron, timeZone, jitter }: NonNullable<DrillPlan['schedule']>) {
  const jitterMs = milliseconds(jitter);
  return { cronExpressions: [cron], timezone: timeZone, ...(jitterMs !== undefined && { jitter: jitterMs }) };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseGoDuration(duration);
}
