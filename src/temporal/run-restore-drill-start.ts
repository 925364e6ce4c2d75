import { TypedSearchAttributes } from '@temporalio/common';
import type { RunRestoreDrillInput } from '../domain/drill/drill-input.js';
import { drillWorkflowId } from '../domain/names.js';
import { CLUSTER, PLAN } from '../workflows/search-attributes.js';

/** How everybody who starts `runRestoreDrill` starts it: the same id, the same names in the Web UI. */
export interface RunRestoreDrillStart {
  readonly workflowId: string;
  readonly args: [RunRestoreDrillInput];
  readonly typedSearchAttributes: TypedSearchAttributes;
  readonly staticSummary: string;
}

/** @param startedMs part of the id: milliseconds since the epoch */
export function runRestoreDrillStart(input: RunRestoreDrillInput, startedMs: number): RunRestoreDrillStart {
  const { cluster } = input;
  const plan = input.plan.name;
  return {
    workflowId: drillWorkflowId({ cluster, plan, startedMs }),
    args: [input],
    ...drillLabels({ cluster, plan }),
  };
}

export function drillLabels({ cluster, plan }: { cluster: string; plan: string }) {
  return {
    typedSearchAttributes: new TypedSearchAttributes([
      { key: CLUSTER, value: cluster },
      { key: PLAN, value: plan },
    ]),
    staticSummary: `Drill ${plan} on ${cluster}`,
  };
}
