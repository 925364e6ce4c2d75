import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { CLUSTER, NAMESPACE, RESOURCE } from './search-attributes.js';

/** Whoever started a workflow without search attributes shall find it by them all the same. `resource`: `Backup/orders`. */
export function identifyWorkflow(object: { cluster: string; namespace?: string; resource: string }): void {
  if (workflowInfo().typedSearchAttributes.get(CLUSTER) !== undefined) return;
  const { cluster, namespace, resource } = object;
  upsertSearchAttributes([
    { key: CLUSTER, value: cluster },
    ...(namespace === undefined ? [] : [{ key: NAMESPACE, value: namespace }]),
    { key: RESOURCE, value: resource },
  ]);
}
