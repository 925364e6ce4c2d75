import { decideRestore } from '../../domain/replication/decide-restore.js';
import { restoreWorkflowId } from '../../domain/names.js';
import { clusterUidOf } from '../../kubernetes/cluster-identity.js';
import { seeRestore, withLivePods } from '../../kubernetes/see-restore.js';
import type { RestoreCancellation } from '../../temporal/send-cancel.js';
import type { BackupName } from '../backup-name.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { requireCluster } from '../kubernetes-access.js';
import { requireRestore } from '../restores/read-restore.js';
import { printRestoreFacts, type RestoreFacts } from '../restores/restore-facts.js';
import { waitForRestore } from '../restores/wait-for-restore.js';
import { webUiLink } from '../web-ui-link.js';
import { whoAsks } from '../who-asks.js';
import { backupNameArgument, outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface RestoreCancelArguments {
  readonly restore: BackupName;
  readonly note?: string;
  readonly wait?: boolean;
  /** Milliseconds; only with `wait`. */
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<namespace/name>', 'a Restore that is on its way', backupNameArgument)
    .option('--note <text>', 'why; kept in the Restore')
    .option('--wait', 'wait until its Jobs and pods are gone')
    .addOption(timeoutOption())
    .option('--dry-run', 'only say what would be stopped')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Deletes the Jobs of the restore, waits until their pods are gone, and then writes phase Failed with reason
RestoreCancelled. What BR has restored so far stays in the cluster. Refused (exit code 7) once the restore has ended.

With --wait the exit code is 0 when it has ended as cancelled or otherwise Failed.

Example:
  holdfast restore cancel prod/orders --note "wrong point in time" --wait`,
    )
    .action((restore: BackupName, options: Omit<RestoreCancelArguments, 'restore'>) =>
      withDependencies((deps) => run({ restore, ...options }, deps)),
    );
};

/** @throws CliFailure (6) no such Restore, (7) it has ended or is not ours, (5) no worker answered; ApiFailure */
export async function run(args: RestoreCancelArguments, deps: CliDependencies): Promise<ExitCode> {
  const access = await deps.kubernetes();
  const restore = await requireRestore(access, args.restore);
  const person = { by: whoAsks(), ...(args.note !== undefined && { note: args.note }) };
  const seen = await seeRestore(access.api, { restore, cancelled: 'cancelled', nowMs: deps.now() });
  const { kind, summary } = decideRestore(await withLivePods(access.api, seen));
  const { namespace, name, uid } = restore.metadata;
  if (kind === 'Leave' || kind === 'Ended') {
    throw new CliFailure(`Restore ${namespace}/${name}: ${summary}`, { exitCode: EXIT.refused });
  }
  const identity = { namespace, name, uid };
  if (args.dryRun === true) {
    printRestoreFacts(deps, args.output, { workflowId: restoreWorkflowId(identity), nextAction: summary });
    deps.output.say('dry run: nothing was asked for');
    return EXIT.done;
  }
  const cluster = requireCluster(access);
  const input = { cluster, clusterUid: await clusterUidOf(access.api), ...identity };
  return cancel({ args, deps, cancellation: { input, taskQueue: deps.settings.taskQueue, person } });
}

interface Cancel {
  readonly args: RestoreCancelArguments;
  readonly deps: CliDependencies;
  readonly cancellation: RestoreCancellation;
}

async function cancel({ args, deps, cancellation }: Cancel): Promise<ExitCode> {
  const { settings } = deps;
  const temporal = await deps.temporal();
  const { answer, ...run } = await temporal.cancelRestore(cancellation);
  const webUi = webUiLink(run, { temporalUi: settings.temporalUi, namespace: temporal.namespace });
  const facts: RestoreFacts = { ...run, answer: answer.summary, ...(webUi !== undefined && { webUi }) };
  if (args.output === 'table' || args.wait !== true) printRestoreFacts(deps, args.output, facts);
  if (args.wait !== true) return EXIT.done;
  const verdict = await waitForRestore(deps, { temporal, run, timeoutMs: args.timeout });
  if (args.output === 'json') printRestoreFacts(deps, args.output, { ...facts, verdict });
  // That it is Failed now is what was asked for.
  return verdict.outcome === 'Failed' ? EXIT.done : verdict.exitCode;
}
