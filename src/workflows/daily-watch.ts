import { ActivityFailure, TimeoutFailure, type ActivityOptions } from '@temporalio/workflow';

/** One long activity, found dead by its heartbeat and begun anew on any worker that polls its queue. */
export function dailyWatch(taskQueue: string): ActivityOptions {
  return {
    taskQueue,
    // The day ends the activity together with its retries; a start-to-close time-out alone would be retried.
    scheduleToCloseTimeout: '24 hours',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 1 },
  };
}

/** Returns when the activity's day is over, or its worker has ended: then a new run keeps the history short. */
export async function untilDayIsOver(watching: Promise<unknown>): Promise<void> {
  try {
    await watching;
  } catch (failure) {
    if (!isDailyEnd(failure)) throw failure;
  }
}

function isDailyEnd(failure: unknown): boolean {
  return failure instanceof ActivityFailure && failure.cause instanceof TimeoutFailure;
}
