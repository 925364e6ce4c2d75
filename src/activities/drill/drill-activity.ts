import { activityInfo, cancellationSignal, cancelled, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { DrillFailureType } from '../../domain/drill/drill-call.js';
import { redactSecrets } from '../../domain/redact.js';
import { StoreFailure } from '../../storage/object-store.js';

/** Well below the heartbeat time-out: with it a host is found dead, and the activity hears of a cancellation. */
const HEARTBEAT_INTERVAL_MS = 1_000;
/** A mistake of ours does not mend itself; a host that is short of something may. */
const UNEXPECTED_ATTEMPTS = 3;

/** What runs inside an activity of a drill host. */
export interface DrillWork<Call> {
  readonly call: Call;
  /** Aborted by a cancellation, and when this process is told to end. */
  readonly signal: AbortSignal;
  readonly attempt: number;
  /** Counters for the next heartbeat. */
  readonly progress: (counters: Readonly<Record<string, number>>) => void;
}

/**
 * Makes an activity of some work on a drill host: parses the call, heartbeats while it runs, hears of its end, and
 * translates failures.
 * @throws ApplicationFailure with a `DrillFailureType`; CancelledFailure
 */
export function drillActivity<Call, Answer>(
  { call: shape, stopping }: { call: z.ZodType<Call>; stopping: AbortSignal },
  run: (work: DrillWork<Call>) => Promise<Answer>,
): (received: unknown) => Promise<Answer> {
  return async (received) => {
    const parsed = shape.safeParse(received);
    if (!parsed.success) throw drillFailure('InvalidInput', z.prettifyError(parsed.error));
    if (stopping.aborted) throw drillFailure('HostStopping', 'this drill host is told to end');
    let counters: Readonly<Record<string, number>> = {};
    const beat = setInterval(() => heartbeat(counters), HEARTBEAT_INTERVAL_MS);
    const canceled = cancellationSignal();
    try {
      return await run({
        call: parsed.data,
        signal: AbortSignal.any([canceled, stopping]),
        attempt: activityInfo().attempt,
        progress: (more) => {
          counters = { ...counters, ...more };
        },
      });
    } catch (failure) {
      if (stopping.aborted) throw drillFailure('HostStopping', 'this drill host was told to end');
      if (canceled.aborted) await cancelled();
      throw translated(failure);
    } finally {
      clearInterval(beat);
    }
  };
}

/** Host trouble and bad input are final: the workflow decides what comes next. */
const REPEATED: ReadonlySet<DrillFailureType> = new Set(['StoreUnreachable', 'RungBroke', 'HostBusy']);

export function drillFailure(type: DrillFailureType, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: redactSecrets(message),
    nonRetryable: !REPEATED.has(type),
  });
}

function translated(failure: unknown): unknown {
  if (failure instanceof ApplicationFailure) return failure;
  if (failure instanceof StoreFailure) {
    return drillFailure(failure.retryable ? 'StoreUnreachable' : 'StoreRefused', failure.message);
  }
  return ApplicationFailure.create({
    type: 'RungBroke' satisfies DrillFailureType,
    message: redactSecrets(failure instanceof Error ? failure.message : String(failure)),
    nonRetryable: activityInfo().attempt >= UNEXPECTED_ATTEMPTS,
  });
}
