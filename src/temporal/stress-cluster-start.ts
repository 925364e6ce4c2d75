import { TypedSearchAttributes } from '@temporalio/common';
import { stressWorkflowId } from '../domain/names.js';
import type { StressClusterInput } from '../domain/stress/stress-input.js';
import { CLUSTER, RESOURCE } from '../workflows/search-attributes.js';

/** How everybody who starts `stressCluster` starts it: the same id, the same names in the Web UI. */
export function stressClusterStart(input: StressClusterInput): {
  readonly workflowId: string;
  readonly args: [StressClusterInput];
  readonly typedSearchAttributes: TypedSearchAttributes;
  readonly staticSummary: string;
} {
  const { cluster, run, work } = input;
  return {
    workflowId: stressWorkflowId(input),
    args: [input],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: CLUSTER, value: cluster },
      { key: RESOURCE, value: `Stress/${run}` },
    ]),
    staticSummary: `${work === undefined ? 'Cleanup of stress' : 'Stress'} run ${run} on ${cluster}`,
  };
}
