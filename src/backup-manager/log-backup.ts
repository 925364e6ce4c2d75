import type { Backup, BackupStatus } from '../domain/backup/backup.js';
import { BrSpec } from '../domain/backup/br-spec.js';
import {
  statusWithLogCondition,
  type LogConditionType,
  type LogStatusFields,
} from '../domain/backup/log-status.js';
import type { LogSubcommand } from '../domain/backup/log-subcommand.js';
import { doneBefore } from '../domain/retry/refused-subcommand.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { backupTarget } from './backup-target.js';
import { logArguments, logStatusArguments } from './log-arguments.js';
import { ownTaskIn, saysTaskExists } from './own-task.js';
import { conditionMessage, settle, warnOn, type Outcome, type PodDependenciesWithApi } from './pod-work.js';
import { prepareBr, type PreparedBr } from './prepare-br.js';
import { runBr } from './run-br.js';
import { commitTimestamp, startTimestampIn } from './start-timestamp.js';
import { fetchOwner, NEVER_STOPPED, writeStatus } from './status-writer.js';

export interface LogBackupOptions {
  readonly namespace: string;
  readonly backupName: string;
  readonly command: LogSubcommand;
  readonly commitTs?: string | undefined;
  readonly truncateUntil?: string | undefined;
  readonly clusterTls: boolean;
}

/** Reasons of condition Failed, as TiDB Operator's own manager writes them. */
const FAILED_REASON: Readonly<Record<LogSubcommand, string>> = {
  'log-start': 'StartLogBackupFailed',
  'log-stop': 'StopLogBackupFailed',
  'log-pause': 'PauseLogBackupFailed',
  'log-resume': 'ResumeLogBackupFailed',
  'log-truncate': 'TruncateLogBackupFailed',
};

/**
 * Runs one sub-command of a log backup and writes its course to the Backup: Prepare, Running, then Complete or Failed.
 * @returns whether BR succeeded
 * @throws BackupGone or ApiFailure where the status cannot be written
 */
export async function runLogBackup(
  options: LogBackupOptions,
  deps: PodDependenciesWithApi,
): Promise<boolean> {
  const { namespace, backupName: name, command } = options;
  const target = backupTarget({ api: deps.api, namespace, name, warn: warnOn(deps) });
  const backup = await fetchOwner(target);
  const write = (condition: Condition, signal: AbortSignal) => {
    const now = toRfc3339Seconds(Date.now());
    const change = (status: BackupStatus) => statusWithLogCondition(status, { command, now, ...condition });
    return writeStatus(target, { uid: backup.metadata.uid, change, signal });
  };
  const outcome = await settle(deps.stopping, async () => {
    await write({ type: 'Prepare' }, deps.stopping);
    return performCommand(options, { ...deps, backup, write });
  });
  const reason = FAILED_REASON[command];
  await write(
    'failure' in outcome
      ? { type: 'Failed', reason, message: conditionMessage(outcome.failure) }
      : { type: 'Complete', fields: outcome.facts },
    NEVER_STOPPED,
  );
  return !('failure' in outcome);
}

interface Condition {
  readonly type: LogConditionType;
  readonly reason?: string;
  readonly message?: string;
  readonly fields?: LogStatusFields;
}

interface CommandContext extends PodDependenciesWithApi {
  readonly backup: Backup;
  readonly write: (condition: Condition, signal: AbortSignal) => Promise<void>;
}

async function performCommand(
  options: LogBackupOptions,
  context: CommandContext,
): Promise<Outcome<LogStatusFields>> {
  const { backup, write, stopping, env, output } = context;
  const startedMs = Date.now();
  const prepared = await prepare(options, context);
  if ('failure' in prepared) return prepared;
  const { br, commands } = prepared;
  const fields = options.command === 'log-start' ? { fields: { backupPath: prepared.path } } : {};
  await write({ type: 'Running', ...fields }, stopping);
  let printed: string | undefined;
  const onLine = (line: string) => {
    printed = startTimestampIn(line) ?? printed;
  };
  const { failure } = await runBr({ path: br, args: commands.run, env, stopping, onLine, output });
  if (failure !== undefined) {
    const done = await doneByEarlierRun(options, { context, prepared, failure });
    if ('failure' in done) return done;
    printed = done.startTs;
  }
  const endedMs = Date.now();
  return {
    facts: {
      timeStarted: toRfc3339Seconds(startedMs),
      timeCompleted: toRfc3339Seconds(endedMs),
      ...(options.command === 'log-start' && {
        commitTs: commitTimestamp({ printed, requested: options.commitTs ?? backup.spec.commitTs, endedMs }),
      }),
      ...(options.truncateUntil !== undefined && { logSuccessTruncateUntil: options.truncateUntil }),
    },
  };
}

/**
 * BR refuses what an earlier run had done before it died without a word: then it is done, and that is this run's success.
 * A start needs BR's own list of tasks, because its refusal does not name the task that exists.
 */
async function doneByEarlierRun(
  options: LogBackupOptions,
  refused: { context: CommandContext; prepared: Prepared; failure: string },
): Promise<{ readonly startTs: string | undefined } | { readonly failure: string }> {
  const { context, prepared, failure } = refused;
  const { backup, env, stopping, output } = context;
  const evidence = { pods: [], logTail: undefined, jobReason: '', reported: failure };
  const done = doneBefore({ backup, command: options.command, evidence, nowMs: Date.now() });
  if (done !== undefined) return { startTs: done.commitTs };
  if (options.command !== 'log-start' || !saysTaskExists(failure)) return { failure };
  const lines: string[] = [];
  const args = prepared.commands.status;
  await runBr({ path: prepared.br, args, env, stopping, onLine: (line) => lines.push(line), output });
  const task = ownTaskIn(lines, { name: backup.metadata.name, location: prepared.path });
  switch (task.kind) {
    case 'ours':
      output.stderr.write('The log backup task of this Backup runs already: an earlier run started it.\n');
      return { startTs: task.startTs };
    case 'elsewhere':
      return { failure: `${failure}; the task of this name writes to ${task.storage}` };
    case 'not-found':
      return { failure };
  }
}

interface LogCommands {
  readonly run: string[];
  /** `br log status` for this Backup's task. */
  readonly status: string[];
}

type Prepared = PreparedBr<BrSpec, LogCommands>;

/** What can be wrong before BR runs has the same reason as BR's own failure. */
async function prepare(options: LogBackupOptions, { backup, env }: CommandContext) {
  const { namespace, name } = backup.metadata;
  return prepareBr({
    spec: backup.spec,
    schema: BrSpec,
    env,
    commands: (spec): LogCommands => {
      const input = { ...options, namespace, name, spec };
      return { run: logArguments(input), status: logStatusArguments(input) };
    },
  });
}
