import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/** A dead host is noticed after this, a worker that restarts is waited for as long as the next. */
const HEARTBEAT = '10 seconds';
const HOST_IS_BACK_WITHIN = '1 minute';

/** On whichever drill host is free; waits for one, and for the store, until told to end. */
export function anyDrillHost(taskQueue: string): ActivityOptions {
  return {
    taskQueue,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: HEARTBEAT,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  };
}

/** About seven minutes of repetitions: whatever a store or a host needs longer for is told, not waited for. */
const BOUNDED = {
  initialInterval: '2 seconds',
  backoffCoefficient: 2,
  maximumInterval: '60 seconds',
  maximumAttempts: 10,
} as const;

/** Choosing a backup: without one there is nothing to say. */
export function boundedOnAnyHost(taskQueue: string): ActivityOptions {
  return { ...anyDrillHost(taskQueue), retry: BOUNDED };
}

/** Entering the verdict: it is all that is left of the drill, so the store has a day to come back. */
export function recording(taskQueue: string): ActivityOptions {
  return {
    ...anyDrillHost(taskQueue),
    scheduleToCloseTimeout: '24 hours',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  };
}

/** On the host that has the files. The programs of a canceled rung are waited for: they must not outlive it. */
export function thisDrillHost(taskQueue: string): ActivityOptions {
  return {
    taskQueue,
    scheduleToStartTimeout: HOST_IS_BACK_WITHIN,
    startToCloseTimeout: '3 days',
    heartbeatTimeout: HEARTBEAT,
    retry: BOUNDED,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
}
