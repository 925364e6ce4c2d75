import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT } from '../exit-codes.js';
import { requireCluster } from '../kubernetes-access.js';
import { notApplied, type AppliedPlan } from './drill-access.js';
import { plansInFile } from './plan-file.js';

/** The name under which drill hosts know their cluster. A setting is enough: drills need no Kubernetes. */
export async function clusterOfDrills({ settings, kubernetes }: CliDependencies): Promise<string> {
  return settings.cluster ?? requireCluster(await kubernetes());
}

/** @throws CliFailure (6) where it was never applied */
export async function requirePlan(deps: CliDependencies, plan: string): Promise<AppliedPlan> {
  const name = { cluster: await clusterOfDrills(deps), plan };
  const applied = await (await deps.temporal()).drills.plan(name);
  if (applied === undefined) throw notApplied(name);
  return applied;
}

/** A plan by name, or the only one of a file. @throws CliFailure (2), (6) */
export async function planGiven(
  deps: CliDependencies,
  { name, file }: { name: string | undefined; file: string | undefined },
): Promise<DrillPlan> {
  if ((name === undefined) === (file === undefined)) {
    throw new CliFailure('give the name of a plan, or a file with -f', { exitCode: EXIT.usage });
  }
  if (name !== undefined) return (await requirePlan(deps, name)).plan;
  const plans = await plansInFile(file ?? '');
  const [plan] = plans;
  if (plan !== undefined && plans.length === 1) return plan;
  throw new CliFailure(`${file} holds ${plans.length} plans: one drill is of one plan`, {
    exitCode: EXIT.usage,
  });
}
