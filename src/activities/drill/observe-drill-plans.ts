import { setTimeout as delay } from 'node:timers/promises';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { scheduleMetrics } from '../../domain/drill/drill-plan-metrics.js';
import type { Attempt, DrillObserver, DrillWatchDependencies } from './drill-watch-dependencies.js';
import { inParallel } from './in-parallel.js';
import { createPlanLedgers, type LedgerGroup, type PlanLedgers } from './plan-ledgers.js';

const OBSERVE_EVERY_MS = 15_000;
/** Enough that many ledgers which do not answer in time do not hold up the others for long. */
const AT_ONCE = 16;

/** Looks at all plans of the cluster, again and again, until told to end. */
export async function observeDrillPlans(
  deps: DrillWatchDependencies,
  { cluster, signal }: { cluster: string; signal: AbortSignal },
): Promise<void> {
  const observer = deps.beginObserver();
  const ledgers = createPlanLedgers({ openStore: deps.openStore, attempt: attemptsOf(observer, signal) });
  try {
    while (!signal.aborted) {
      await observeOnce({ deps, observer, ledgers, cluster, signal });
      await delay(deps.everyMs ?? OBSERVE_EVERY_MS, undefined, { signal }).catch(() => undefined); // told to end
    }
  } finally {
    ledgers.close();
    observer.ended();
  }
}

interface Round {
  readonly deps: DrillWatchDependencies;
  readonly observer: DrillObserver;
  readonly ledgers: PlanLedgers;
  readonly cluster: string;
  readonly signal: AbortSignal;
}

async function observeOnce(round: Round): Promise<void> {
  const { observer, ledgers, signal, deps } = round;
  const plans = await observeSchedules(round);
  if (plans === undefined) return;
  const work = async (group: LedgerGroup): Promise<void> => {
    const seen = await ledgers.read(group, signal);
    const observedSeconds = deps.now() / 1_000;
    for (const [plan, metrics] of seen) observer.show(plan, { ...metrics, observedSeconds });
  };
  await each(ledgers.groupsOf(plans), { signal, work });
}

/** @returns the plans whose Schedule was read; `undefined` where it is not known which there are */
async function observeSchedules(round: Round): Promise<DrillPlan[] | undefined> {
  const { deps, observer, cluster, signal } = round;
  const attempt = attemptsOf(observer, signal);
  const names = await attempt({ step: 'list' }, () => deps.plans.names(cluster));
  if (names === undefined) return undefined;
  const running = await attempt({ step: 'running' }, () => deps.plans.running(cluster));
  const there = new Set(names);
  observer.keepOnly(there);
  const plans: DrillPlan[] = [];
  const work = async (plan: string): Promise<void> => {
    const what = { step: 'schedule', of: plan } as const;
    const answer = await attempt(what, async () => ({
      found: await deps.plans.scheduled({ cluster, plan }),
    }));
    if (answer === undefined) return;
    const { found } = answer;
    if (found === undefined) {
      there.delete(plan);
      return;
    }
    plans.push(found.plan);
    const startedMs = running?.get(plan);
    observer.show(plan, {
      schedule: scheduleMetrics(found),
      ...(running && { runningSeconds: startedMs === undefined ? undefined : startedMs / 1_000 }),
    });
  };
  await each(names, { signal, work });
  observer.keepOnly(there);
  return plans;
}

function attemptsOf(observer: DrillObserver, signal: AbortSignal): Attempt {
  return async (what, ask) => {
    try {
      const answer = await ask();
      observer.worked(what);
      return answer;
    } catch (failure) {
      if (!signal.aborted) observer.failed(what, failure);
      return undefined;
    }
  };
}

async function each<Item>(
  items: readonly Item[],
  { signal, work }: { signal: AbortSignal; work: (item: Item) => Promise<void> },
): Promise<void> {
  try {
    await inParallel(items, { atOnce: AT_ONCE, signal }, work);
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}
