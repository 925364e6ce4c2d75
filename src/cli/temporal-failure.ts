import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CliFailure } from './cli-failure.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** A request waits for a worker, and for the first look at the Backup. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** gRPC's codes for "nobody answered". */
const NO_ANSWER: readonly number[] = [4, 14];

/** Failures of workflows that are nobody's mistake in here. */
const EXIT_OF_FAILURE: ReadonlyMap<string, ExitCode> = new Map([
  ['InvalidInput', EXIT.usage],
  ['BackupNotFound', EXIT.notFound],
  ['StoreUnreachable', EXIT.unreachable],
  ['StoreRefused', EXIT.unreachable],
]);

export interface FailedCall {
  /** What was asked for. */
  readonly what: string;
  readonly link: { readonly address: string; readonly namespace: string };
  readonly cause: unknown;
}

/** What a call to Temporal that failed means to whoever runs the command: a CliFailure wherever it is an Error. */
export function explainTemporal({ what, link, cause }: FailedCall): unknown {
  if (cause instanceof WorkflowUpdateFailedError) return explainRefusal(cause);
  if (cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return noWorkerAnswered(what, cause);
  const grpc = cause instanceof ServiceError ? cause.cause : cause;
  if (isGrpcServiceError(grpc)) {
    if (NO_ANSWER.includes(grpc.code)) return notReachable(link.address, cause, what);
    const message = `Temporal at ${link.address}, namespace ${link.namespace}: ${what} failed: ${grpc.details}`;
    return new CliFailure(message, { exitCode: EXIT.failed, cause });
  }
  if (cause instanceof WorkflowFailedError) {
    const reason = cause.cause?.message ?? cause.message;
    const type = cause.cause instanceof ApplicationFailure ? (cause.cause.type ?? '') : '';
    const exitCode = EXIT_OF_FAILURE.get(type) ?? EXIT.failed;
    return new CliFailure(`${what} ended without a result: ${reason}`, { exitCode, cause });
  }
  if (!(cause instanceof Error)) return cause;
  const message = `Temporal at ${link.address}, namespace ${link.namespace}: ${what} failed: ${cause.message}`;
  return new CliFailure(message, { exitCode: EXIT.failed, cause });
}

function explainRefusal(failure: WorkflowUpdateFailedError): CliFailure {
  const { cause } = failure;
  const refusal = cause instanceof ApplicationFailure ? cause : undefined;
  const exitCode =
    refusal?.type === 'RequestRefused'
      ? EXIT.refused
      : refusal?.type === 'InvalidInput'
        ? EXIT.usage
        : EXIT.failed;
  return new CliFailure(cause?.message ?? failure.message, { exitCode, cause: failure });
}

function noWorkerAnswered(what: string, cause: unknown): CliFailure {
  const message = `${what}: no worker has answered within ${REQUEST_TIMEOUT_MS / 1_000}s; 'holdfast doctor' tells why`;
  return new CliFailure(message, { exitCode: EXIT.timedOut, cause });
}

export function notReachable(address: string, cause: unknown, what = 'connect'): CliFailure {
  const message = `Temporal at ${address} does not answer (${what}): check TEMPORAL_ADDRESS or --temporal-address`;
  return new CliFailure(message, { exitCode: EXIT.unreachable, cause });
}
