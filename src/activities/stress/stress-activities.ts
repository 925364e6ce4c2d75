import { ApplicationFailure } from '@temporalio/common';
import { StressClusterInput } from '../../domain/stress/stress-input.js';
import type { StressProgress } from '../../domain/stress/stress-progress.js';
import type { StressCleanup } from '../../domain/stress/stress-result.js';
import { isLoopback } from '../../kubernetes/loopback.js';
import { kubernetesActivity } from '../kubernetes-activity.js';
import { createStressObjects } from './create-stress-objects.js';
import { deleteStressNamespaces } from './delete-stress-namespaces.js';
import type { StressActivityDependencies } from './dependencies.js';

/** The activities of `stressCluster`. Their names are wire contract. */
export interface StressActivities {
  /** Heartbeats a `StressProgress`. */
  createStressObjects(input: StressClusterInput): Promise<StressProgress>;
  deleteStressNamespaces(input: StressClusterInput): Promise<StressCleanup>;
}

export function createStressActivities(deps: StressActivityDependencies): StressActivities {
  const { clusterUid, serverUrl } = deps;
  return {
    createStressObjects: kubernetesActivity({ input: StressClusterInput, clusterUid }, (input, show) => {
      assertAcknowledged(serverUrl, input);
      return createStressObjects(deps, input, show);
    }),
    deleteStressNamespaces: kubernetesActivity({ input: StressClusterInput, clusterUid }, (input) =>
      deleteStressNamespaces(deps, input),
    ),
  };
}

/** Any client may start the workflow, and a client behind a tunnel takes every cluster for a local one. */
function assertAcknowledged(serverUrl: string, { acknowledgedContext }: StressClusterInput): void {
  if (acknowledgedContext !== undefined || isLoopback(serverUrl)) return;
  throw ApplicationFailure.nonRetryable(
    `the worker's API server at ${serverUrl} is not on loopback: pass --i-know-this-cluster <context> if this cluster ` +
      'is meant',
    'RequestRefused',
  );
}
