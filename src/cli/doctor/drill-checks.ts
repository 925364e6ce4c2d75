import { taskQueues } from '../../domain/names.js';
import { LEDGER_FOLDER } from '../../domain/drill/ledger.js';
import { StoreFailure } from '../../storage/object-store.js';
import type { CliDependencies } from '../dependencies.js';
import type { AppliedPlan } from '../drills/drill-access.js';
import type { Check } from './check.js';
import { drillHostChecks } from './drill-host-checks.js';
import { pollerCheck, type WorkerQuestion } from './worker-checks.js';

export interface DrillQuestion extends WorkerQuestion {
  /** HOLDFAST_WORK_DIR: set where this computer is a drill host. */
  readonly workDir: string | undefined;
  readonly openStore: CliDependencies['openStore'];
}

/** Nothing where nobody drills: no plan is applied, and this computer is no drill host. */
export async function drillChecks(question: DrillQuestion): Promise<Check[]> {
  const { temporal, cluster, taskQueue: prefix, workDir } = question;
  const plans = await temporal.drills.plans(cluster);
  if (plans.length === 0 && workDir === undefined) return [];
  const { drill } = taskQueues({ prefix, cluster });
  const [hosts, stores, tools] = await Promise.all([
    pollerCheck(question, { name: drill, kind: 'activity' }),
    Promise.all(plans.map((applied) => storeCheck(question, applied))),
    workDir === undefined ? [] : drillHostChecks(workDir),
  ]);
  const mend = `run 'holdfast worker' with HOLDFAST_ROLES=drill and HOLDFAST_WORK_DIR=<folder> on a host with the tools`;
  return [{ ...hosts, area: 'Drills', ...(hosts.verdict !== 'ok' && { mend }) }, ...stores, ...tools];
}

/** Elsewhere than on a drill host the credentials may rightly be missing, and the store out of reach. */
async function storeCheck({ openStore, workDir }: DrillQuestion, { plan }: AppliedPlan): Promise<Check> {
  const check = { area: 'Drills', name: `store of plan ${plan.name}` } as const;
  const { bucket, prefix } = plan.store;
  const store = await openStore(plan.store);
  try {
    let folders = 0;
    for await (const folder of store.folders(prefix)) {
      if (folder !== `${prefix}${LEDGER_FOLDER}` && folder !== plan.pitr?.prefix) folders += 1;
      if (folders === MANY_FOLDERS) break;
    }
    const count = folders === MANY_FOLDERS ? `${folders} or more` : `${folders}`;
    const found = `${bucket}/${prefix} holds ${count} folders`;
    if (folders > 0) return { ...check, verdict: 'ok', found };
    return { ...check, verdict: 'warn', found, mend: 'look at bucket and prefix of the plan' };
  } catch (failure) {
    if (!(failure instanceof StoreFailure)) throw failure;
    const found = failure.message;
    if (workDir === undefined) return { ...check, verdict: 'skip', found: `from this computer: ${found}` };
    const mend = 'look at endpoint and credentials of the plan, and at the environment of the drill host';
    return { ...check, verdict: 'fail', found, mend };
  } finally {
    store.close();
  }
}

const MANY_FOLDERS = 1_000;
