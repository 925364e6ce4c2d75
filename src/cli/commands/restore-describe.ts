import { restoreWorkflowId } from '../../domain/names.js';
import type { Restore } from '../../domain/replication/restore.js';
import { judgeRestore } from '../../kubernetes/judge-restore.js';
import type { BackupName } from '../backup-name.js';
import { readEvents } from '../backups/backup-events.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { renderRestoreReport } from '../render/restore-report.js';
import { requireRestore, surroundingsOf } from '../restores/read-restore.js';
import { restoreReport, type RestoreWorkflowView } from '../restores/restore-report.js';
import { webUiLink } from '../web-ui-link.js';
import { tellWithoutApiServer } from '../without-api-server.js';
import { backupNameArgument, outputOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;
/** The Restore itself tells nearly all: nobody should wait long for the rest. */
const TEMPORAL_TIMEOUT_MS = 2_000;

export interface RestoreDescribeArguments {
  readonly restore: BackupName;
  readonly output: (typeof FORMATS)[number];
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<namespace/name>', 'the Restore', backupNameArgument)
    .addOption(outputOption(FORMATS))
    .addHelpText(
      'after',
      `
It needs Kubernetes only; when Temporal answers, what the workflow says stands beside it.

Example:
  holdfast restore describe prod/orders`,
    )
    .action((restore: BackupName, options: Omit<RestoreDescribeArguments, 'restore'>) =>
      withDependencies((deps) => run({ restore, ...options }, deps)),
    );
};

/** @throws CliFailure (6) where the Restore does not exist; ApiFailure */
export async function run(args: RestoreDescribeArguments, deps: CliDependencies): Promise<ExitCode> {
  const { settings, output } = deps;
  const access = await deps.kubernetes();
  const nowMs = deps.now();
  const restore = await requireRestore(access, args.restore).catch((failure: unknown) =>
    tellWithoutApiServer(failure, deps, {
      idPrefix: restoreWorkflowId({ ...args.restore, uid: '' }),
      statusOf: (temporal, workflowId) => temporal.restoreStatus(workflowId),
    }),
  );
  const { namespace, uid } = restore.metadata;
  const [judged, events, workflow] = await Promise.all([
    judgeRestore(surroundingsOf(access, settings), { restore, nowMs }),
    readEvents(access.api, { namespace, selectors: [`involvedObject.uid=${uid}`] }),
    askWorkflow(restore, deps),
  ]);
  if (events === undefined) output.say('Events may not be read with these credentials');
  const report = restoreReport(judged, { events: events ?? [], workflow });
  output.data(
    args.output === 'json'
      ? JSON.stringify(report, undefined, 2)
      : renderRestoreReport(report, { nowMs, colour: output.colour }),
  );
  return EXIT.done;
}

async function askWorkflow({ metadata }: Restore, deps: CliDependencies): Promise<RestoreWorkflowView> {
  const workflowId = restoreWorkflowId(metadata);
  try {
    const temporal = await deps.temporal({ timeoutMs: TEMPORAL_TIMEOUT_MS });
    const run = await temporal.openRun(workflowId);
    if (run === undefined) return { workflowId };
    const { namespace } = temporal;
    const webUi = webUiLink(run, { temporalUi: deps.settings.temporalUi, namespace });
    const status = await temporal.restoreStatus(workflowId);
    return { ...run, status, ...(webUi !== undefined && { webUi }) };
  } catch (failure) {
    if (!(failure instanceof CliFailure) || failure.exitCode === EXIT.usage) throw failure;
    deps.output.say(`without the workflow's view: ${failure.message}`);
    return { workflowId };
  }
}
