import type { StressWork } from '../../../src/domain/stress/stress-input.js';
import type { StressPlan } from '../../../src/domain/stress/stress-plan.js';
import { operationAt, type StressOperation } from '../../../src/domain/stress/stress-plan.js';

/** Ten objects in each of two namespaces, as in the log lines that people know. */
export function stressWork(changes: Partial<StressWork> = {}): StressWork {
  return {
    prefix: 'deploy-test-',
    totalNamespaces: 2,
    deployments: 1,
    configMaps: 2,
    secrets: 2,
    services: 1,
    statefulSets: 1,
    buildJobs: 2,
    replicas: 0,
    image: 'registry.k8s.io/pause:3.10',
    maxConcurrentOperations: 10,
    retry: { maxRetries: 3, initialBackoffMs: 2_000 },
    ...changes,
  };
}

export function operationsOf(plan: StressPlan): StressOperation[] {
  return Array.from({ length: plan.operations }, (_, index) => operationAt(plan, index));
}
