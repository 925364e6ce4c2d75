import type { TypedSearchAttributes as Attributes } from '@temporalio/common';
import { TypedSearchAttributes } from '@temporalio/common';
import { backupWorkflowId } from '../domain/names.js';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import { CLUSTER, NAMESPACE, RESOURCE } from '../workflows/search-attributes.js';

/** How everybody who starts `superviseBackup` starts it: the same id, the same names in the Web UI. */
export interface SuperviseBackupStart {
  readonly workflowId: string;
  readonly args: [SuperviseBackupInput];
  readonly typedSearchAttributes: Attributes;
  readonly staticSummary: string;
}

export function superviseBackupStart(input: SuperviseBackupInput): SuperviseBackupStart {
  const { cluster, namespace, name } = input;
  return {
    workflowId: backupWorkflowId(input),
    args: [input],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: CLUSTER, value: cluster },
      { key: NAMESPACE, value: namespace },
      { key: RESOURCE, value: `Backup/${name}` },
    ]),
    staticSummary: `Backup ${namespace}/${name} on ${cluster}`,
  };
}
