import type { WorkflowRun } from './temporal-runs.js';

/**
 * Where a person sees this run; `undefined` without `HOLDFAST_TEMPORAL_UI`: the address of the server says nothing
 * about where its Web UI is, and a wrong link is worse than none.
 */
export function webUiLink(
  { workflowId, runId }: WorkflowRun,
  { temporalUi, namespace }: { temporalUi: string | undefined; namespace: string },
): string | undefined {
  if (temporalUi === undefined) return undefined;
  const path = [namespace, 'workflows', workflowId, runId, 'history'].map(encodeURIComponent).join('/');
  return `${temporalUi}/namespaces/${path}`;
}
