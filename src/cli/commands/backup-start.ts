import { backupWorkflowId } from '../../domain/names.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { clusterUidOf } from '../../kubernetes/cluster-identity.js';
import type { BackupName } from '../backup-name.js';
import { summarizeBackup, type BackupSummary } from '../backups/backup-summary.js';
import { seeBackup } from '../backups/read-backup.js';
import { waitForBackup, type BackupVerdict } from '../backups/wait-for-backup.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { requireCluster, type KubernetesAccess } from '../kubernetes-access.js';
import { nextActionText } from '../render/backup-table.js';
import { factList } from '../render/fact-list.js';
import { webUiLink } from '../web-ui-link.js';
import { backupNameArgument, outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;

export interface BackupStartArguments {
  readonly backup: BackupName;
  readonly wait?: boolean;
  /** Milliseconds; only with `wait`. */
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<namespace/name>', 'a Backup that exists', backupNameArgument)
    .option('--wait', 'wait for the end of the backup or of its incident')

    .addOption(timeoutOption())
    .option('--dry-run', 'only say what would be started, and what it would do')
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
Starts the workflow superviseBackup for a Backup, as the watch does by itself, or nudges the one that is open. It
creates no Backup, and does again only what the state of the Backup asks for.

Exit codes with --wait: 0 it runs or is complete, 1 it failed, 2 its spec is invalid, 5 not settled in time (the work
goes on), 6 it does not exist (any more). 7: a Backup of a mode that is not looked after.

Examples:
  holdfast backup start prod/orders
  holdfast backup start prod/orders --wait --timeout 30m`,
    )
    .action((backup: BackupName, options: Omit<BackupStartArguments, 'backup'>) =>
      withDependencies((deps) => run({ backup, ...options }, deps)),
    );
};

/** @throws CliFailure, ApiFailure */
export async function run(args: BackupStartArguments, deps: CliDependencies): Promise<ExitCode> {
  const { settings, output, now } = deps;
  const access = await deps.kubernetes();
  const nowMs = now();
  const summary = summarizeBackup(await seeBackup(access, { name: args.backup, settings, nowMs }));
  if (summary.leftBecause === 'NotOurs') {
    const message = `Backup ${summary.namespace}/${summary.name} has mode ${summary.mode}: ${summary.nextAction.what}`;
    throw new CliFailure(message, { exitCode: EXIT.refused });
  }
  const input = await inputFor(access, summary);
  const plan: StartFacts = {
    workflowId: backupWorkflowId(input),
    taskQueue: settings.taskQueue,
    nextAction: nextActionText(summary.nextAction, nowMs),
  };
  if (args.dryRun === true) {
    printFacts(deps, args, plan);
    output.say('dry run: nothing was started');
    return EXIT.done;
  }
  return start({ args, deps, input, plan });
}

interface StartFacts {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly nextAction: string;
  readonly runId?: string;
  readonly webUi?: string;
  readonly verdict?: BackupVerdict;
}

interface Start {
  readonly args: BackupStartArguments;
  readonly deps: CliDependencies;
  readonly input: SuperviseBackupInput;
  readonly plan: StartFacts;
}

async function start({ args, deps, input, plan }: Start): Promise<ExitCode> {
  const { settings, output } = deps;
  const temporal = await deps.temporal();
  const run = await temporal.supervise({ input, taskQueue: settings.taskQueue });
  const webUi = webUiLink(run, { temporalUi: settings.temporalUi, namespace: temporal.namespace });
  const facts: StartFacts = { ...plan, runId: run.runId, ...(webUi !== undefined && { webUi }) };
  // One JSON document at the end; people see where to look while they wait.
  if (args.output === 'table' || args.wait !== true) printFacts(deps, args, facts);
  if (args.wait !== true) return EXIT.done;
  const verdict = await waitForBackup(deps, {
    temporal,
    run,
    name: args.backup,
    uid: input.uid,
    timeoutMs: args.timeout,
  });
  output.say(`${verdict.outcome}: ${verdict.summary}`);
  if (args.output === 'json') printFacts(deps, args, { ...facts, verdict });
  return verdict.exitCode;
}

async function inputFor(access: KubernetesAccess, backup: BackupSummary): Promise<SuperviseBackupInput> {
  const { namespace, name, uid } = backup;
  const cluster = requireCluster(access);
  return { cluster, clusterUid: await clusterUidOf(access.api), namespace, name, uid };
}

function printFacts({ output }: CliDependencies, args: BackupStartArguments, facts: StartFacts): void {
  if (args.output === 'json') {
    output.data(JSON.stringify(facts, undefined, 2));
    return;
  }
  const { workflowId, taskQueue, runId, webUi, nextAction } = facts;
  const lines = [
    { name: 'WORKFLOW ID', text: workflowId },
    { name: 'RUN', text: runId },
    { name: 'TASK QUEUE', text: taskQueue },
    { name: 'WEB UI', text: webUi },
    { name: 'NEXT ACTION', text: nextAction },
  ];
  output.data(factList(lines, { colour: output.colour }));
}
