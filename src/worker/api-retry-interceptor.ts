import { activityInfo, heartbeat, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { apiBackoffMs, ENDLESS_API_RETRY, recoveredLine, retryingLine } from '../domain/api-retry.js';
import { FIRST_TOLD_ATTEMPT, isToldAttempt, type ApiServerAway } from '../domain/api-server-away.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { ApiFailure } from '../kubernetes/api-failure.js';

export interface ApiRetryDependencies {
  /** Counts a repetition. */
  readonly retried: (failure: ApiFailure) => void;
  /** Tells the workflow that it has to wait for the API server; `undefined`: not any more. */
  readonly tellWorkflow: (
    workflow: { readonly workflowId: string; readonly runId: string },
    away: ApiServerAway | undefined,
  ) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The failed attempts so far, which travel from attempt to attempt as details of the heartbeat. */
interface FailedCalls {
  readonly operation: string;
  readonly failures: number;
  readonly sinceMs: number;
}

/** Every call fails after 10 s: an attempt that is older has got answers, and waits for something else. */
const ANSWERED_AFTER_MS = 15_000;

/**
 * The activity carrier of the retry policy: Temporal repeats the whole activity, this tells of it, in the log, in the
 * metrics and to the workflow. An attempt that ended with its worker is not counted.
 */
export function apiRetryInterceptor(deps: ApiRetryDependencies): ActivityInboundCallsInterceptor {
  return {
    execute: async (input, next) => {
      const { heartbeatDetails } = activityInfo();
      const before = isFailedCalls(heartbeatDetails) ? heartbeatDetails : undefined;
      const wasTold = before !== undefined && before.failures >= FIRST_TOLD_ATTEMPT;
      const answered = wasTold ? setTimeout(() => void tell(deps), ANSWERED_AFTER_MS) : undefined;
      try {
        const result = await next(input);
        if (before !== undefined) {
          log.info(recoveredLine({ operation: before.operation, retries: before.failures }));
        }
        return result;
      } catch (failure) {
        if (isRepeatedCall(failure)) await noteFailure(deps, { failure, before });
        throw failure;
      } finally {
        clearTimeout(answered);
      }
    },
  };
}

type RepeatedCall = ApplicationFailure & { readonly cause: ApiFailure };

function isRepeatedCall(failure: unknown): failure is RepeatedCall {
  return (
    failure instanceof ApplicationFailure &&
    failure.nonRetryable !== true &&
    failure.cause instanceof ApiFailure
  );
}

async function noteFailure(
  deps: ApiRetryDependencies,
  { failure, before }: { failure: RepeatedCall; before: FailedCalls | undefined },
): Promise<void> {
  const { cause, nextRetryDelay } = failure;
  const { operation, detail: message } = cause;
  const attempt = (before?.failures ?? 0) + 1;
  const sinceMs = before?.sinceMs ?? deps.now();
  heartbeat({ operation, failures: attempt, sinceMs } satisfies FailedCalls);
  deps.retried(cause);
  const pauseMs =
    typeof nextRetryDelay === 'number'
      ? nextRetryDelay
      : apiBackoffMs(ENDLESS_API_RETRY, activityInfo().attempt);
  log.warn(retryingLine({ operation, attempt, message, maxRetries: Infinity }, pauseMs));
  // What the API server refuses is an answer: it is not away.
  if (cause.retryable && isToldAttempt(attempt)) {
    await tell(deps, { since: toRfc3339Seconds(sinceMs), attempt, message });
  }
}

/** Only what people are shown: an activity must not fail, or wait, because of it. */
async function tell({ tellWorkflow }: ApiRetryDependencies, away?: ApiServerAway): Promise<void> {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) return;
  try {
    await tellWorkflow(workflowExecution, away);
  } catch (failure) {
    log.debug('the workflow was not told of the API server', {
      reason: failure instanceof Error ? failure.message : String(failure),
    });
  }
}

function isFailedCalls(details: unknown): details is FailedCalls {
  return (
    typeof details === 'object' &&
    details !== null &&
    'operation' in details &&
    typeof details.operation === 'string' &&
    'failures' in details &&
    typeof details.failures === 'number' &&
    'sinceMs' in details &&
    typeof details.sinceMs === 'number'
  );
}
