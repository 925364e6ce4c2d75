import type { Writable } from 'node:stream';
import type { Backup, BackupStatus } from '../domain/backup/backup.js';
import { BrSpec } from '../domain/backup/br-spec.js';
import {
  statusWithLogCondition,
  type LogConditionType,
  type LogStatusFields,
} from '../domain/backup/log-status.js';
import type { LogSubcommand } from '../domain/backup/log-subcommand.js';
import { doneBefore } from '../domain/retry/refused-subcommand.js';
import { selectStorage, storageLocation } from '../domain/storage-location.js';
import { toRfc3339Seconds } from '../domain/time.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import { findBr } from './find-br.js';
import { logArguments, logStatusArguments } from './log-arguments.js';
import { ownTaskIn, saysTaskExists } from './own-task.js';
import { runBr } from './run-br.js';
import { commitTimestamp, startTimestampIn } from './start-timestamp.js';
import { fetchBackup, writeStatus, type StatusTarget } from './status-writer.js';

export interface LogBackupOptions {
  readonly namespace: string;
  readonly backupName: string;
  readonly command: LogSubcommand;
  readonly commitTs?: string | undefined;
  readonly truncateUntil?: string | undefined;
  readonly clusterTls: boolean;
}

export interface LogBackupDependencies {
  readonly api: KubernetesApi;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: { readonly stdout: Writable; readonly stderr: Writable };
  /** Aborted when the pod is asked to end. */
  readonly stopping: AbortSignal;
}

/** Reasons of condition Failed, as TiDB Operator's own manager writes them. */
const FAILED_REASON: Readonly<Record<LogSubcommand, string>> = {
  'log-start': 'StartLogBackupFailed',
  'log-stop': 'StopLogBackupFailed',
  'log-pause': 'PauseLogBackupFailed',
  'log-resume': 'ResumeLogBackupFailed',
  'log-truncate': 'TruncateLogBackupFailed',
};

const MAX_MESSAGE_LENGTH = 256;

/** An outcome is written whatever happens, until the pod is killed. */
const NEVER = new AbortController().signal;

/**
 * Runs one sub-command of a log backup and writes its course to the Backup: Prepare, Running, then Complete or Failed.
 * @returns whether BR succeeded
 * @throws BackupGone or ApiFailure where the status cannot be written
 */
export async function runLogBackup(options: LogBackupOptions, deps: LogBackupDependencies): Promise<boolean> {
  const target: StatusTarget = {
    api: deps.api,
    namespace: options.namespace,
    name: options.backupName,
    warn: (message) => deps.output.stderr.write(`${message}\n`),
  };
  const backup = await fetchBackup(target, deps.stopping);
  const write = (condition: Condition, signal: AbortSignal) => {
    const now = toRfc3339Seconds(Date.now());
    const change = (status: BackupStatus) =>
      statusWithLogCondition(status, { command: options.command, now, ...condition });
    return writeStatus(target, { uid: backup.metadata.uid, change, signal });
  };
  const outcome = await settle(async () => {
    await write({ type: 'Prepare' }, deps.stopping);
    return performCommand(options, { ...deps, backup, write });
  }, deps.stopping);
  const reason = FAILED_REASON[options.command];
  await write(
    'failure' in outcome
      ? { type: 'Failed', reason, message: messageOf(outcome.failure) }
      : { type: 'Complete', fields: outcome.fields },
    NEVER,
  );
  return !('failure' in outcome);
}

/** One line that people can read in a condition. What BR said has lost its secrets where it was read. */
function messageOf(failure: string): string {
  const clean = failure.replace(/\p{Cc}+/gu, ' ');
  return clean.length <= MAX_MESSAGE_LENGTH ? clean : `${clean.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}

interface Condition {
  readonly type: LogConditionType;
  readonly reason?: string;
  readonly message?: string;
  readonly fields?: LogStatusFields;
}

type Outcome = { readonly fields: LogStatusFields } | { readonly failure: string };

/** A SIGTERM before BR ran has to end in a written status too. */
async function settle(work: () => Promise<Outcome>, stopping: AbortSignal): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (stopping.aborted) return { failure: 'stopped by SIGTERM before BR was started' };
    throw error;
  }
}

interface CommandContext extends LogBackupDependencies {
  readonly backup: Backup;
  readonly write: (condition: Condition, signal: AbortSignal) => Promise<void>;
}

async function performCommand(options: LogBackupOptions, context: CommandContext): Promise<Outcome> {
  const { backup, write, stopping, env, output } = context;
  const startedMs = Date.now();
  const prepared = await prepare(options, context);
  if ('failure' in prepared) return prepared;
  const fields = options.command === 'log-start' ? { fields: { backupPath: prepared.backupPath } } : {};
  await write({ type: 'Running', ...fields }, stopping);
  let printed: string | undefined;
  const onLine = (line: string) => {
    printed = startTimestampIn(line) ?? printed;
  };
  const { failure } = await runBr({ path: prepared.br, args: prepared.args, env, stopping, onLine, output });
  if (failure !== undefined) {
    const done = await doneByEarlierRun(options, { context, prepared, failure });
    if ('failure' in done) return done;
    printed = done.startTs;
  }
  const endedMs = Date.now();
  return {
    fields: {
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
  const args = prepared.statusArgs;
  await runBr({ path: prepared.br, args, env, stopping, onLine: (line) => lines.push(line), output });
  const task = ownTaskIn(lines, { name: backup.metadata.name, location: prepared.backupPath });
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

interface Prepared {
  readonly br: string;
  readonly args: string[];
  /** Of `br log status` for this Backup's task. */
  readonly statusArgs: string[];
  readonly backupPath: string;
}

/** What can be wrong before BR runs is the Backup's failure, with the same reason as BR's own. */
async function prepare(
  options: LogBackupOptions,
  { backup, env }: CommandContext,
): Promise<Prepared | { readonly failure: string }> {
  const parsed = BrSpec.safeParse(backup.spec);
  if (!parsed.success)
    return { failure: `spec cannot be used: ${parsed.error.issues.map(describeIssue).join('; ')}` };
  const spec = parsed.data;
  const storage = selectStorage(spec);
  if (storage === undefined)
    return { failure: 'spec names no storage: one of s3, gcs, azblob, local is needed' };
  try {
    const { namespace, name } = backup.metadata;
    const input = { ...options, namespace, name, spec };
    const args = logArguments(input);
    const statusArgs = logStatusArguments(input);
    return { br: await findBr(env), args, statusArgs, backupPath: storageLocation(storage) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function describeIssue({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  return `${['spec', ...path].join('.')}: ${message}`;
}
