import { backupWorkflowId } from '../../domain/names.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { podsOfJob } from '../../kubernetes/jobs.js';
import type { BackupName } from '../backup-name.js';
import { readBackupEvents } from '../backups/backup-events.js';
import {
  backupReport,
  type BackupReport,
  type ReportMaterial,
  type WorkflowView,
} from '../backups/backup-report.js';
import { seeBackup } from '../backups/read-backup.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import type { Diagnosis } from '../diagnose/diagnosis.js';
import { findingsOf } from '../diagnose/findings.js';
import { probeStorage, type ProbeOutcome } from '../diagnose/probe-storage.js';
import { readDiagnosis } from '../diagnose/read-diagnosis.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import { renderBackupReport } from '../render/backup-report.js';
import { renderDiagnosis } from '../render/diagnosis.js';
import type { TemporalAccess } from '../temporal-access.js';
import { webUiLink } from '../web-ui-link.js';
import { tellWithoutApiServer } from '../without-api-server.js';
import { backupNameArgument, durationArgument, outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand } from './command-definition.js';

const FORMATS = ['table', 'json'] as const;
/** The Backup itself tells nearly all: nobody should wait long for the rest. */
const TEMPORAL_TIMEOUT_MS = 2_000;
const DEFAULT_PROBE_TIMEOUT = '2m';

export interface BackupDescribeArguments {
  readonly backup: BackupName;
  readonly output: (typeof FORMATS)[number];
  /** Also say what is wrong and what to do. The three options below count only then. */
  readonly diagnose?: boolean;
  /** False: no Job that looks at the storage. Default: true. */
  readonly probe?: boolean;
  /** How long that Job may take, milliseconds. */
  readonly timeout?: number;
  /** The API server only says whether it would take that Job. */
  readonly dryRun?: boolean;
}

export const define: DefineCommand = (command, { withDependencies }) => {
  command
    .argument('<namespace/name>', 'the Backup', backupNameArgument)
    .addOption(outputOption(FORMATS))
    .option(
      '--diagnose',
      'say first what is wrong and what to do; looks at logs, Secrets and the storage too',
    )
    .option('--no-probe', 'with --diagnose: create no Job that looks at the storage')
    .addOption(timeoutOption(DEFAULT_PROBE_TIMEOUT))
    .option('--dry-run', 'with --diagnose: ask whether that Job would be taken, and create nothing')
    .addHelpText(
      'after',
      `
The timeline puts together the retry records, the Events, the conditions, what people asked, and the Job and pods
that are there now. It needs Kubernetes only, which keeps the last request that was applied; when Temporal answers,
the other requests (the newest 20, refused ones included) and what the workflow says stand beside it.

--diagnose changes nothing but one thing: a Job probe-storage-<name> lists the storage with the Secret and the
ServiceAccount of the Backup, and is deleted when it has answered, on Ctrl-C too. --timeout limits it. What these
credentials may not read is said, and the rest is looked at.
Exit codes of --diagnose: 0 nothing wrong was found, 1 something was.

Example:
  holdfast backup describe prod/orders
  holdfast backup describe prod/orders --diagnose`,
    )
    .action((backup: BackupName, options: Omit<BackupDescribeArguments, 'backup'>) =>
      withDependencies((deps) => run({ backup, ...options }, deps)),
    );
};

/** @throws CliFailure (6) where the Backup does not exist; ApiFailure */
export async function run(args: BackupDescribeArguments, deps: CliDependencies): Promise<ExitCode> {
  const { settings, output, now } = deps;
  const access = await deps.kubernetes();
  const nowMs = now();
  const seen = await seeBackup(access, { name: args.backup, settings, nowMs }).catch((failure: unknown) =>
    tellWithoutApiServer(failure, deps, {
      idPrefix: backupWorkflowId({ ...args.backup, uid: '' }),
      statusOf: (temporal, workflowId) => temporal.incidentStatus(workflowId),
    }),
  );
  const [traces, workflow] = await Promise.all([readTraces(access, seen, deps), askWorkflow(seen, deps)]);
  const report = backupReport({ seen, traces, workflow });
  if (args.diagnose === true) return diagnose(args, { seen, traces, report, access }, deps);
  output.data(
    args.output === 'json'
      ? JSON.stringify(report, undefined, 2)
      : renderBackupReport(report, { nowMs, colour: output.colour }),
  );
  hintAtIdleWorker(report, deps);
  return EXIT.done;
}

interface Described {
  readonly seen: SeenBackup;
  readonly traces: ReportMaterial['traces'];
  readonly report: BackupReport;
  readonly access: KubernetesAccess;
}

async function diagnose(
  args: BackupDescribeArguments,
  { seen, traces, report, access: { api } }: Described,
  deps: CliDependencies,
): Promise<ExitCode> {
  const [read, storage] = await Promise.all([
    readDiagnosis(api, { seen, traces }),
    lookAtStorage(api, { seen, args }, deps),
  ]);
  const material = { ...read, storage };
  const diagnosis: Diagnosis = { findings: findingsOf({ seen, report, material }), ...material };
  const { output } = deps;
  const view = { nowMs: deps.now(), colour: output.colour };
  output.data(
    args.output === 'json'
      ? JSON.stringify({ ...report, diagnosis }, undefined, 2)
      : `${renderDiagnosis(diagnosis, view)}\n${renderBackupReport(report, view)}`,
  );
  return diagnosis.findings.some(({ verdict }) => verdict === 'fail') ? EXIT.failed : EXIT.done;
}

async function lookAtStorage(
  api: KubernetesApi,
  { seen: { backup }, args }: { seen: SeenBackup; args: BackupDescribeArguments },
  deps: CliDependencies,
): Promise<ProbeOutcome> {
  const { probe = true, dryRun = false, timeout: timeoutMs = durationArgument(DEFAULT_PROBE_TIMEOUT) } = args;
  if (!probe) return { kind: 'left-out', why: '--no-probe' };
  return probeStorage(api, { backup, timeoutMs, dryRun }, deps);
}

async function readTraces(
  { api }: KubernetesAccess,
  { backup, job }: SeenBackup,
  { output }: CliDependencies,
): Promise<ReportMaterial['traces']> {
  const [events, pods] = await Promise.all([
    readBackupEvents(api, backup),
    job === undefined ? [] : podsOfJob(api, job),
  ]);
  if (events === undefined)
    output.say('Events may not be read with these credentials: the timeline lacks them');
  return { events: events ?? [], pods };
}

async function askWorkflow({ backup }: SeenBackup, deps: CliDependencies): Promise<WorkflowView> {
  const workflowId = backupWorkflowId(backup.metadata);
  try {
    return await viewOf(workflowId, await deps.temporal({ timeoutMs: TEMPORAL_TIMEOUT_MS }), deps);
  } catch (failure) {
    if (!(failure instanceof CliFailure) || failure.exitCode === EXIT.usage) throw failure;
    deps.output.say(`without the workflow's view: ${failure.message}`);
    return { workflowId, asked: false };
  }
}

async function viewOf(
  workflowId: string,
  temporal: TemporalAccess,
  { settings, output }: CliDependencies,
): Promise<WorkflowView> {
  const run = await temporal.openRun(workflowId);
  if (run === undefined) return { workflowId, asked: true };
  const webUi = webUiLink(run, { temporalUi: settings.temporalUi, namespace: temporal.namespace });
  const open: WorkflowView = { ...run, asked: true, ...(webUi !== undefined && { webUi }) };
  try {
    return { ...open, status: await temporal.incidentStatus(workflowId) };
  } catch (failure) {
    if (!(failure instanceof CliFailure)) throw failure;
    output.say(`the workflow is open but did not answer: ${explainSilence(failure)}`);
    return open;
  }
}

function explainSilence({ exitCode, message }: CliFailure): string {
  return exitCode === EXIT.unreachable ? "does a worker run? 'holdfast doctor' tells" : message;
}

/** Something is due at once, and nobody is at it: most likely no worker runs. */
function hintAtIdleWorker({ backup, workflow }: BackupReport, { output }: CliDependencies): void {
  if (backup.nextAction.kind !== 'Now' || !workflow.asked || workflow.runId !== undefined) return;
  output.say("a worker should act now, and no workflow is open: 'holdfast doctor' tells whether one runs");
}
