import { decideRestore } from '../../domain/replication/decide-restore.js';
import type { GatePolicy } from '../../domain/replication/gate-policy.js';
import { restoreProblems } from '../../domain/replication/restore-problems.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { buildRestoreJob } from '../../kubernetes/build-restore-job.js';
import { withObstacles } from '../../kubernetes/judge-restore.js';
import type { RestoreSurroundings } from '../../kubernetes/restore-obstacles.js';
import { seeRestore, withLivePods } from '../../kubernetes/see-restore.js';
import type { BackupName } from '../backup-name.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderRestorePlan } from '../render/restore-plan.js';
import { asOurs, isOurs, requireRestore, surroundingsOf } from '../restores/read-restore.js';
import {
  expectsWholeCompaction,
  gatePolicyOf,
  planChecks,
  plannedSteps,
  type RestorePlan,
} from '../restores/restore-plan.js';
import { backupNameArgument, outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';
import { gatePolicyFrom, withGatePolicy, type GatePolicyOptions } from './gate-policy-options.js';

const FORMATS = ['table', 'json'] as const;

export interface RestorePlanArguments extends GatePolicyOptions {
  readonly restore: BackupName;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  withGatePolicy(command)
    .argument('<namespace/name>', 'a Restore that exists', backupNameArgument)
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Runs every check of a worker against the cluster and prints the Jobs that would run, whole with -o json. It changes
nothing. Exit code 1 where a check failed: 'holdfast restore start' would wait there, or end the restore.

Example:
  holdfast restore plan prod/orders`,
    )
    .action((restore: BackupName, options: Omit<RestorePlanArguments, 'restore'>) =>
      withDependencies((deps) => run({ restore, ...options }, deps)),
    );
};

/** @throws CliFailure (6) where the Restore does not exist; ApiFailure */
export async function run(args: RestorePlanArguments, deps: CliDependencies): Promise<ExitCode> {
  const { output } = deps;
  const plan = await planOf(args.restore, { deps, gatePolicy: gatePolicyFrom(args) });
  output.data(
    args.output === 'json'
      ? JSON.stringify(plan, undefined, 2)
      : renderRestorePlan(plan, { colour: output.colour }),
  );
  const failed = plan.checks.filter(({ verdict }) => verdict === 'fail').length;
  output.say(`${plan.checks.length} checks: ${failed} failed; nothing was changed`);
  return failed === 0 ? EXIT.done : EXIT.failed;
}

interface PlanQuestion {
  readonly deps: CliDependencies;
  readonly gatePolicy: Partial<GatePolicy> | undefined;
}

async function planOf(name: BackupName, { deps, gatePolicy }: PlanQuestion): Promise<RestorePlan> {
  const access = await deps.kubernetes();
  const found = await requireRestore(access, name);
  const surroundings = surroundingsOf(access, deps.settings);
  const question = { restore: asOurs(found), gatePolicy, nowMs: deps.now() };
  const objects = await seeRestore(access.api, question);
  const seen = await withObstacles(surroundings, await withLivePods(access.api, objects));
  const decision = decideRestore(seen);
  const policy = gatePolicyOf(seen);
  return {
    restore: `${name.namespace}/${name.name}`,
    uid: found.metadata.uid,
    ...(policy !== undefined && { gatePolicy: policy }),
    checks: planChecks(seen, { decision, labelled: isOurs(found) }),
    jobs: await jobsOf(surroundings, seen),
    nextAction: decision.summary,
  };
}

async function jobsOf(surroundings: RestoreSurroundings, seen: SeenRestore): Promise<RestorePlan['jobs']> {
  const { restore } = seen;
  if (restoreProblems(restore).length > 0) return [];
  const jobs = await Promise.all(
    plannedSteps(seen).map(async (step) => {
      const retainLatestMvccVersion = step !== 'log-restore' || expectsWholeCompaction(seen);
      return { step, job: await buildRestoreJob(surroundings, { restore, step, retainLatestMvccVersion }) };
    }),
  );
  return jobs.flatMap(({ step, job }) => (job === undefined ? [] : [{ step, job }]));
}
