import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { backupChecks } from '../doctor/backup-checks.js';
import type { Check } from '../doctor/check.js';
import { drillChecks } from '../doctor/drill-checks.js';
import { kubernetesChecks } from '../doctor/kubernetes-checks.js';
import { restoreChecks } from '../doctor/restore-checks.js';
import { temporalChecks } from '../doctor/temporal-checks.js';
import { workerChecks } from '../doctor/worker-checks.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { explainFailure } from '../explain-failure.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import { renderChecks } from '../render/doctor-table.js';
import { outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface DoctorArguments {
  readonly fix?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .option('--fix', 'register missing search attributes')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
With HOLDFAST_WORK_DIR set, as on a drill host, it also looks for the tools of drills and at that directory.
Each check: ok, warn (works, but look at it), fail, or skip (these credentials may not look).
Exit codes: 0 nothing failed, 1 something did, 8 neither Temporal nor Kubernetes answers.

Example:
  holdfast doctor --context prod-eu --temporal-address temporal.internal:7233`,
    )
    .action((options: DoctorArguments) => withDependencies((deps) => run(options, deps)));
};

export async function run(
  { fix = false, output: format }: DoctorArguments,
  deps: CliDependencies,
): Promise<ExitCode> {
  const [kubernetes, temporal] = await Promise.all([checkKubernetes(deps), checkTemporal(deps, fix)]);
  const checks = [...temporal.checks, ...kubernetes.checks];
  const { output } = deps;
  output.data(
    format === 'json'
      ? JSON.stringify({ checks }, undefined, 2)
      : renderChecks(checks, { colour: output.colour }),
  );
  if (!kubernetes.reached && !temporal.reached) return EXIT.unreachable;
  const failed = checks.filter(({ verdict }) => verdict === 'fail').length;
  const warned = checks.filter(({ verdict }) => verdict === 'warn').length;
  output.say(`${checks.length} checks: ${failed} failed, ${warned} to look at`);
  return failed === 0 ? EXIT.done : EXIT.failed;
}

interface Examination {
  readonly reached: boolean;
  readonly checks: readonly Check[];
}

async function checkKubernetes({ kubernetes, settings, now }: CliDependencies): Promise<Examination> {
  const { operator } = settings;
  let access: KubernetesAccess | undefined;
  try {
    // What does not answer now is what it is there to find: nothing is tried again.
    access = await kubernetes({ retried: false });
    const cluster = await kubernetesChecks(access, { operator });
    const question = { operator, nowMs: now() };
    const backups = await backupChecks(access.api, question);
    const restores = await restoreChecks(access.api, question);
    return { reached: true, checks: [...cluster, ...backups, ...restores] };
  } catch (failure) {
    const { message, exitCode } = explainFailure(failure, access?.serverUrl);
    const check: Check = { area: 'Kubernetes', name: 'server', verdict: 'fail', found: message };
    return { reached: exitCode === EXIT.failed, checks: [check] };
  }
}

async function checkTemporal(deps: CliDependencies, fix: boolean): Promise<Examination> {
  try {
    const temporal = await deps.temporal();
    const checks = await temporalChecks({ temporal, fix });
    const cluster = await clusterName(deps);
    if (cluster === undefined) return { reached: true, checks };
    const { taskQueue, workDir } = deps.settings;
    const question = { temporal, cluster, taskQueue, nowMs: deps.now() };
    const worker = await workerChecks(question);
    const drills = await drillChecks({ ...question, workDir, openStore: deps.openStore });
    return { reached: true, checks: [...checks, ...worker, ...drills] };
  } catch (failure) {
    const { message, exitCode } = explainFailure(failure);
    const check: Check = { area: 'Temporal', name: 'server', verdict: 'fail', found: message };
    return { reached: exitCode === EXIT.failed, checks: [check] };
  }
}

/** A kubeconfig that cannot be used is the other examination's finding. */
async function clusterName({ kubernetes, settings }: CliDependencies): Promise<string | undefined> {
  if (settings.cluster !== undefined) return settings.cluster;
  try {
    return (await kubernetes({ retried: false })).cluster;
  } catch (failure) {
    if (failure instanceof CliFailure) return undefined;
    throw failure;
  }
}
