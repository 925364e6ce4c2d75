import { restoreWorkflowId } from '../../domain/names.js';
import type { RunReplicationRestoreInput } from '../../domain/replication/restore-input.js';
import type { Restore } from '../../domain/replication/restore.js';
import { clusterUidOf } from '../../kubernetes/cluster-identity.js';
import { judgeRestore, type JudgedRestore } from '../../kubernetes/judge-restore.js';
import type { BackupName } from '../backup-name.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { requireCluster } from '../kubernetes-access.js';
import { asOurs, isOurs, requireRestore, surroundingsOf } from '../restores/read-restore.js';
import { printRestoreFacts, type RestoreFacts } from '../restores/restore-facts.js';
import { waitForRestore } from '../restores/wait-for-restore.js';
import type { TemporalAccess } from '../temporal-access.js';
import { webUiLink } from '../web-ui-link.js';
import { backupNameArgument, outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';
import { gatePolicyFrom, withGatePolicy, type GatePolicyOptions } from './gate-policy-options.js';

const FORMATS = ['table', 'json'] as const;

export interface RestoreStartArguments extends GatePolicyOptions {
  readonly restore: BackupName;
  readonly wait?: boolean;
  /** Milliseconds; only with `wait`. */
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  withGatePolicy(command)
    .argument('<namespace/name>', 'a Restore that exists', backupNameArgument)
    .option('--wait', 'wait for the end of the restore')
    .addOption(timeoutOption())
    .option('--dry-run', 'only say what would be started, and what it would do')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Starts the workflow runReplicationRestore, which first labels the Restore holdfast.dev/managed: "true", or nudges the
one that is open. It creates no Restore. The annotation holdfast.dev/gate-policy goes before the flags.

Exit codes with --wait: 0 complete, 1 failed, 2 its spec is invalid, 5 not ended in time (the work goes on), 6 it was
deleted. 7: no point-in-time restore, or one that somebody else has begun.

Examples:
  holdfast restore start prod/orders
  holdfast restore start prod/orders --on-mismatch wait --wait --timeout 4h`,
    )
    .action((restore: BackupName, options: Omit<RestoreStartArguments, 'restore'>) =>
      withDependencies((deps) => run({ restore, ...options }, deps)),
    );
};

/** @throws CliFailure, ApiFailure */
export async function run(args: RestoreStartArguments, deps: CliDependencies): Promise<ExitCode> {
  const access = await deps.kubernetes();
  const restore = await requireRestore(access, args.restore);
  const gatePolicy = gatePolicyFrom(args);
  const question = { restore: asOurs(restore), gatePolicy, nowMs: deps.now() };
  const { decision } = await judgeRestore(surroundingsOf(access, deps.settings), question);
  assertStartable(restore, decision);
  const { namespace, name, uid } = restore.metadata;
  const identity = { namespace, name, uid };
  const plan: RestoreFacts = { workflowId: restoreWorkflowId(identity), nextAction: decision.summary };
  if (args.dryRun === true) {
    printRestoreFacts(deps, args.output, plan);
    deps.output.say('dry run: nothing was started');
    return EXIT.done;
  }
  const input: RunReplicationRestoreInput = {
    cluster: requireCluster(access),
    clusterUid: await clusterUidOf(access.api),
    ...identity,
    ...(gatePolicy !== undefined && { gatePolicy }),
    adopt: true,
  };
  return start({ args, deps, input, plan });
}

function assertStartable(restore: Restore, decision: JudgedRestore['decision']): void {
  const { metadata, status } = restore;
  const name = `Restore ${metadata.namespace}/${metadata.name}`;
  if (decision.kind === 'Leave') {
    throw new CliFailure(`${name}: ${decision.summary}`, { exitCode: EXIT.refused });
  }
  if (isOurs(restore) || (status.phase ?? '') === '') return;
  const message = `${name} has phase ${status.phase} and is not labelled as ours: somebody else has begun it; create another one`;
  throw new CliFailure(message, { exitCode: EXIT.refused });
}

interface Start {
  readonly args: RestoreStartArguments;
  readonly deps: CliDependencies;
  readonly input: RunReplicationRestoreInput;
  readonly plan: RestoreFacts;
}

async function start({ args, deps, input, plan }: Start): Promise<ExitCode> {
  const { settings } = deps;
  const temporal = await deps.temporal();
  await assertPolicyIsHeard(temporal, { input, plan });
  const run = await temporal.runRestore({ input, taskQueue: settings.taskQueue });
  const webUi = webUiLink(run, { temporalUi: settings.temporalUi, namespace: temporal.namespace });
  const facts: RestoreFacts = { ...plan, runId: run.runId, ...(webUi !== undefined && { webUi }) };
  // One JSON document at the end; people see where to look while they wait.
  if (args.output === 'table' || args.wait !== true) printRestoreFacts(deps, args.output, facts);
  if (args.wait !== true) return EXIT.done;
  const verdict = await waitForRestore(deps, { temporal, run, timeoutMs: args.timeout });
  if (args.output === 'json') printRestoreFacts(deps, args.output, { ...facts, verdict });
  return verdict.exitCode;
}

/** The input of a workflow that is open does not change: only the annotation does. */
async function assertPolicyIsHeard(
  temporal: TemporalAccess,
  { input, plan }: Pick<Start, 'input' | 'plan'>,
): Promise<void> {
  if (input.gatePolicy === undefined) return;
  if ((await temporal.openRun(plan.workflowId)) === undefined) return;
  const message =
    'its workflow is open, and does not hear of --on-mismatch, --on-timeout and --on-partial any more: set the ' +
    `annotation, for example kubectl annotate restore -n ${input.namespace} ${input.name} holdfast.dev/gate-policy=mismatch=wait`;
  throw new CliFailure(message, { exitCode: EXIT.refused });
}
