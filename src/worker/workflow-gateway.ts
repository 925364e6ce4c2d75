import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WorkflowGateway } from '../activities/watch/dependencies.js';
import { runReplicationRestoreStart } from '../temporal/run-replication-restore-start.js';
import { superviseBackupStart } from '../temporal/supervise-backup-start.js';
import type { RetryReview } from '../domain/retry/review.js';
import { nudge, nudgeWithReview } from '../workflows/messages.js';
import type { runReplicationRestore } from '../workflows/run-replication-restore.js';
import type { superviseBackup } from '../workflows/supervise-backup.js';

/** How the watch reaches workflows, through the worker's own connection. */
export function createWorkflowGateway(client: Client, taskQueue: string): WorkflowGateway {
  return {
    nudge: async (input, review) => {
      const start = { ...superviseBackupStart(input), taskQueue };
      if (review === undefined) {
        await client.workflow.signalWithStart<typeof superviseBackup>('superviseBackup', {
          ...start,
          signal: nudge,
        });
      } else {
        await client.workflow.signalWithStart<typeof superviseBackup, [RetryReview]>('superviseBackup', {
          ...start,
          signal: nudgeWithReview,
          signalArgs: [review],
        });
      }
    },
    nudgeRestore: async (input, { start }) => {
      const how = runReplicationRestoreStart(input);
      if (start) {
        await client.workflow.signalWithStart<typeof runReplicationRestore>('runReplicationRestore', {
          ...how,
          taskQueue,
          signal: nudge,
        });
        return;
      }
      await client.workflow
        .getHandle(how.workflowId)
        .signal(nudge)
        .catch((failure: unknown) => {
          if (!(failure instanceof WorkflowNotFoundError)) throw failure;
        });
    },
    openWorkflowIds: async (cluster) => {
      const query = `WorkflowType IN ('superviseBackup', 'runReplicationRestore') AND ExecutionStatus = 'Running' AND HoldfastCluster = '${cluster}'`;
      const ids = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
      return ids;
    },
  };
}
