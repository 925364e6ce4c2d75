import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { DEFAULT_API_RETRY, type ApiRetryPolicy } from '../../domain/api-retry.js';
import type { StressClusterInput, StressWork } from '../../domain/stress/stress-input.js';
import {
  describeOperation,
  operationAt,
  planStress,
  type StressOperation,
} from '../../domain/stress/stress-plan.js';
import type { StressProgress } from '../../domain/stress/stress-progress.js';
import { NAMESPACE_NOT_CREATED, type OperationEnd } from '../../domain/stress/stress-tally.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { retriedCall } from '../../kubernetes/retried-call.js';
import type { ShowDetails } from '../kubernetes-activity.js';
import { createOurs, NotOurs } from './create-ours.js';
import type { StressActivityDependencies } from './dependencies.js';
import { failureReason } from './failure-reason.js';
import { openStressRun, type StressRun } from './stress-run.js';

/**
 * Carries out the whole plan, so many operations at once as the work says, and goes on where a worker that died was.
 * Cancelled, it begins nothing new, lets the calls under way end, and returns what there is.
 * @throws ApplicationFailure `WorkerStopping` (retried) when this process is told to end
 */
export async function createStressObjects(
  deps: StressActivityDependencies,
  input: StressClusterInput,
  show: ShowDetails,
): Promise<StressProgress> {
  const { work, run: id } = input;
  if (work === undefined) throw ApplicationFailure.nonRetryable('there is nothing to create', 'InvalidInput');
  const plan = planStress(work);
  const run = openStressRun(plan, { former: activityInfo().heartbeatDetails, now: deps.now });
  show(run.progress);
  const failed = new AbortController();
  const signal = AbortSignal.any([cancellationSignal(), deps.stopping, failed.signal]);
  const operator = createOperator({ deps, work, id, run, signal });
  const lane = async (): Promise<void> => {
    while (!signal.aborted) {
      const index = run.take();
      if (index === undefined) return;
      await operator(operationAt(plan, index));
    }
  };
  const lanes = Array.from({ length: work.maxConcurrentOperations }, () =>
    lane().catch((failure: unknown) => {
      failed.abort();
      throw failure;
    }),
  );
  const ends = await Promise.allSettled(lanes);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  if (!cancellationSignal().aborted && deps.stopping.aborted) {
    throw ApplicationFailure.retryable('this worker ends; another one goes on', 'WorkerStopping');
  }
  return run.progress();
}

interface Operating {
  readonly deps: StressActivityDependencies;
  readonly work: StressWork;
  /** The run's name. */
  readonly id: string;
  readonly run: StressRun;
  readonly signal: AbortSignal;
}

/** Carries out one operation and books how it ended; broken off by the signal it stays open. */
function createOperator(operating: Operating): (operation: StressOperation) => Promise<void> {
  const { run, signal } = operating;
  const policy: ApiRetryPolicy = { ...DEFAULT_API_RETRY, ...operating.work.retry };
  const namespaces = new Map<string, Promise<void>>();
  const carryOut = async (operation: StressOperation): Promise<void> => {
    const end = await attempt(operating, { operation, policy });
    if (end !== undefined) run.end(operation, end);
  };
  return async (operation) => {
    const { namespace, object } = operation;
    if (object.kind === 'Namespace') {
      const creation = carryOut(operation).finally(() => namespaces.delete(namespace));
      namespaces.set(namespace, creation);
      return creation;
    }
    await namespaces.get(namespace);
    if (signal.aborted) return;
    const lost = run.lostNamespace(namespace);
    if (lost === undefined) return carryOut(operation);
    run.end(operation, { succeeded: false, reason: NAMESPACE_NOT_CREATED, message: lost });
  };
}

/** @returns `undefined` where the signal broke it off */
async function attempt(
  { deps, work, id, run, signal }: Operating,
  { operation, policy }: { operation: StressOperation; policy: ApiRetryPolicy },
): Promise<OperationEnd | undefined> {
  const { index } = operation;
  const startedMs = performance.now();
  const observer = {
    line: run.line,
    failedAttempt: ({ failure, retried }: { failure: ApiFailure; retried: boolean }) => {
      run.noteFailedAttempt(index, failureReason(failure));
      if (retried) deps.retried(failure);
    },
  };
  try {
    const { value } = await retriedCall(
      { operation: describeOperation(operation), policy, observer, signal },
      () => createOurs(deps.api, { run: id, operation, work, failedAttempts: run.failedAttempts(index) }),
    );
    const durationMs = performance.now() - startedMs;
    // The object knows of attempts that a worker counted which then died, and this worker of those without an answer.
    return { succeeded: true, failedAttempts: Math.max(value, run.failedAttempts(index)), durationMs };
  } catch (failure) {
    if (failure instanceof ApiFailure) {
      return { succeeded: false, reason: failureReason(failure), message: failure.detail };
    }
    if (failure instanceof NotOurs)
      return { succeeded: false, reason: failure.reason, message: failure.message };
    if (signal.aborted) return undefined;
    throw failure;
  }
}
