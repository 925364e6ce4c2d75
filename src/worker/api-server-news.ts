import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { apiServerAway } from '../workflows/api-server-away.js';
import type { ApiRetryDependencies } from './api-retry-interceptor.js';

/** An attempt that failed must not wait long for this. */
const TIMEOUT_MS = 2_000;

/** How the worker tells a workflow of the API server, through its own connection. */
export function apiServerNews(client: Client): ApiRetryDependencies['tellWorkflow'] {
  return async ({ workflowId, runId }, away) => {
    const handle = client.workflow.getHandle(workflowId, runId);
    const send = () =>
      away === undefined ? handle.signal(apiServerAway) : handle.signal(apiServerAway, away);
    try {
      await client.withDeadline(Date.now() + TIMEOUT_MS, send);
    } catch (failure) {
      if (!(failure instanceof WorkflowNotFoundError)) throw failure;
    }
  };
}
