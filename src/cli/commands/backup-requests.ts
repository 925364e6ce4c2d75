import { InvalidArgumentError, Option, type Command } from 'commander';
import { formatGoDuration } from '../../domain/go-duration.js';
import { ADDED_RETRIES_EXPECTED, isAddedRetries } from '../../domain/retry/added-retries.js';
import type { BackupName } from '../backup-name.js';
import type { ExitCode } from '../exit-codes.js';
import { requestBackup, type PersonalRequest, type RequestOptions } from '../request-backup.js';
import { backupNameArgument, durationArgument, outputOption, timeoutOption } from './arguments.js';
import type { DefineCommand, Invocation } from './command-definition.js';

interface ExtendOptions extends RequestOptions {
  readonly retries?: number;
  /** Milliseconds. */
  readonly timeout?: number;
}
interface WaitOptions extends RequestOptions {
  readonly wait?: boolean;
  /** Milliseconds; only with `wait`. */
  readonly timeout: number;
  readonly forceDeletePod?: boolean;
}

export const defineRetryNow: DefineCommand = (command, invocation) => {
  withWait(asRequest(command))
    .option(
      '--force-delete-pod',
      'take the pod that does not end out of the API server: its node must be gone',
    )
    .addHelpText(
      'after',
      `
A retry that waits starts at once. After a bad end or a stop, one more retry is started; its room in the budget is
added. Refused (exit code 7) while a Job runs, and where nothing failed.

Examples:
  holdfast backup retry-now prod/orders --note "the bucket is back" --wait
  holdfast backup retry-now prod/orders --force-delete-pod`,
    )
    .action((backup: BackupName, { wait, timeout, forceDeletePod, ...options }: WaitOptions) => {
      const force = forceDeletePod === true ? { forceDeletePod } : {};
      return send(invocation, backup, {
        ...options,
        request: { kind: 'retryNow', ...force },
        argument: force,
        ...(wait === true && { waitMs: timeout }),
      });
    });
};

export const defineExtend: DefineCommand = (command, invocation) => {
  asRequest(command)
    .addOption(new Option('--retries <count>', 'retries to add').argParser(countArgument))
    .addOption(
      new Option('--timeout <duration>', 'time to add to the retry time-out').argParser(durationArgument),
    )
    .addHelpText(
      'after',
      `
Adds to what the policy of the Backup gives, for the present incident. An incident that ended for want of retries or
time goes on after its backoff.

Example:
  holdfast backup extend prod/orders --retries 3 --timeout 1h`,
    )
    .action((backup: BackupName, { retries, timeout, ...options }: ExtendOptions) => {
      if (retries === undefined && timeout === undefined) {
        command.error("error: give --retries, --timeout or both, for example '--retries 3'");
      }
      return send(invocation, backup, {
        ...options,
        request: {
          kind: 'extendBudget',
          ...(retries !== undefined && { retries }),
          ...(timeout !== undefined && { timeoutMs: timeout }),
        },
        argument: {
          ...(retries !== undefined && { retries }),
          ...(timeout !== undefined && { timeout: formatGoDuration(timeout) }),
        },
      });
    });
};

export const defineStop: DefineCommand = (command, invocation) => {
  asRequest(command)
    .addHelpText(
      'after',
      `
A retry that waits is given up, and the Backup ends as Failed with reason RetryStopped. A Job that runs goes on: its
success is taken, its failure is the end. 'holdfast backup resume' undoes it.

Example:
  holdfast backup stop prod/orders --note "storage is being moved"`,
    )
    .action((backup: BackupName, options: RequestOptions) =>
      send(invocation, backup, { ...options, request: { kind: 'stopRetrying' }, argument: {} }),
    );
};

export const defineResume: DefineCommand = (command, invocation) => {
  withWait(asRequest(command))
    .addHelpText(
      'after',
      `
Goes on with the retry that was pending, or with the next one after its backoff.

Example:
  holdfast backup resume prod/orders --wait --timeout 30m`,
    )
    .action((backup: BackupName, { wait, timeout, ...options }: WaitOptions) =>
      send(invocation, backup, {
        ...options,
        request: { kind: 'resumeRetrying' },
        argument: {},
        ...(wait === true && { waitMs: timeout }),
      }),
    );
};

function send(
  { withDependencies }: Invocation,
  backup: BackupName,
  request: Omit<PersonalRequest, 'backup'>,
): Promise<void> {
  return withDependencies((deps): Promise<ExitCode> => requestBackup({ backup, ...request }, deps));
}

function asRequest(command: Command): Command {
  return command
    .argument('<namespace/name>', 'a Backup that exists', backupNameArgument)
    .option('--note <text>', 'why; kept with the request')
    .option('--dry-run', 'only say what would happen')
    .addOption(outputOption(['table', 'json']));
}

function withWait(command: Command): Command {
  return command.option('--wait', 'wait for the end of the incident').addOption(timeoutOption());
}

/** @throws InvalidArgumentError with the right form */
function countArgument(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : undefined;
  if (isAddedRetries(count)) return count;
  throw new InvalidArgumentError(`Expected ${ADDED_RETRIES_EXPECTED}.`);
}
