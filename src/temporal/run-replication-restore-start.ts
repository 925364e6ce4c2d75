import { TypedSearchAttributes } from '@temporalio/common';
import { restoreWorkflowId } from '../domain/names.js';
import type { RunReplicationRestoreInput } from '../domain/replication/restore-input.js';
import { CLUSTER, NAMESPACE, RESOURCE } from '../workflows/search-attributes.js';

/** How everybody who starts `runReplicationRestore` starts it: the same id, the same names in the Web UI. */
export interface RunReplicationRestoreStart {
  readonly workflowId: string;
  readonly args: [RunReplicationRestoreInput];
  readonly typedSearchAttributes: TypedSearchAttributes;
  readonly staticSummary: string;
}

export function runReplicationRestoreStart(input: RunReplicationRestoreInput): RunReplicationRestoreStart {
  const { cluster, namespace, name } = input;
  return {
    workflowId: restoreWorkflowId(input),
    args: [input],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: CLUSTER, value: cluster },
      { key: NAMESPACE, value: namespace },
      { key: RESOURCE, value: `Restore/${name}` },
    ]),
    staticSummary: `Restore ${namespace}/${name} on ${cluster}`,
  };
}
