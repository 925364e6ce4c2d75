/*
 * One run of the stress tool:
 * 1. create: one activity carries out the whole plan and heartbeats where it is, so that a worker that dies is
 *    replaced by one that goes on there. A cancellation ends it early;
 * 2. clean up, unless everything is to be kept: the namespaces of the run are deleted, also after a cancellation.
 * Without work only the second step is done.
 */
import {
  ActivityCancellationType,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  rootCause,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { StressActivities } from '../activities/stress/stress-activities.js';
import { taskQueues } from '../domain/names.js';
import { concludeStress } from '../domain/stress/conclude-stress.js';
import type { StressClusterInput } from '../domain/stress/stress-input.js';
import type { StressProgress } from '../domain/stress/stress-progress.js';
import { stressReport } from '../domain/stress/stress-report.js';
import type { StressCleanup, StressResult } from '../domain/stress/stress-result.js';
import { assertTextFields } from './input-check.js';
import { openStressBoard, type StressBoard } from './stress-board.js';

/** @throws CancelledFailure when it was cancelled, after what is not to be kept has been deleted */
export async function stressCluster(input: StressClusterInput): Promise<StressResult> {
  assertTextFields(input, { names: ['cluster', 'clusterUid', 'run'] });
  const { work, cluster } = input;
  const board = openStressBoard(input, {
    phase: work === undefined ? 'CleaningUp' : 'Creating',
    summary: work === undefined ? 'deletes what the run has left' : 'creates objects',
  });
  const { kubernetes } = taskQueues({ prefix: workflowInfo().taskQueue, cluster });
  const activities = proxyActivities<StressActivities>(loopingActivity(kubernetes));
  const progress = work === undefined ? undefined : await create(activities, { input, board });
  const report = progress && stressReport(progress);
  if (progress !== undefined) board.show({ ...(report && { report }), log: progress.log });
  const cleanup = input.keep === true ? undefined : await cleanUp(activities, { input, board });
  const conclusion = concludeStress({ report, cleanup });
  if (CancellationScope.current().consideredCancelled) {
    board.show({ phase: 'Cancelled', summary: conclusion.summary });
    throw new CancelledFailure(conclusion.summary);
  }
  board.show({ phase: conclusion.outcome, summary: conclusion.summary });
  return {
    ...conclusion,
    ...(report && { report }),
    ...(cleanup && { cleanup }),
    ...(progress && { log: progress.log }),
  };
}

/** @returns `undefined` where it was cancelled before any worker had begun */
async function create(
  { createStressObjects }: StressActivities,
  { input, board }: { input: StressClusterInput; board: StressBoard },
): Promise<StressProgress | undefined> {
  try {
    return await createStressObjects(input);
  } catch (failure) {
    if (isCancellation(failure)) return undefined;
    board.show({ phase: 'Failed', summary: rootCause(failure) ?? String(failure) });
    throw failure;
  }
}

async function cleanUp(
  { deleteStressNamespaces }: StressActivities,
  { input, board }: { input: StressClusterInput; board: StressBoard },
): Promise<StressCleanup> {
  board.show({ phase: 'CleaningUp', summary: `deletes the namespaces of run ${input.run}` });
  return CancellationScope.nonCancellable(() => deleteStressNamespaces(input));
}

/** It repeats its calls itself: the activity's own retry is for a worker that has died or ends. */
function loopingActivity(taskQueue: string): ActivityOptions {
  return {
    taskQueue,
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  };
}
