import type { ActivityOptions } from '@temporalio/workflow';

/**
 * One Kubernetes intention. It never gives up: an API server that is away for ten minutes must not end an incident, and
 * what did not end within a day is started again (`openApiServerView`). The heartbeat time-out finds a dead worker.
 */
export function kubernetesActivities(taskQueue: string): ActivityOptions {
  return {
    taskQueue,
    scheduleToCloseTimeout: '24 hours',
    heartbeatTimeout: '5 seconds',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  };
}
