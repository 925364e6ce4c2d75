import type { Client } from '@temporalio/client';
import type { WorkflowGateway } from '../activities/watch/dependencies.js';
import { superviseBackupStart } from '../temporal/supervise-backup-start.js';
import { nudge } from '../workflows/messages.js';
import type { superviseBackup } from '../workflows/supervise-backup.js';

/** How the watch reaches workflows, through the worker's own connection. */
export function createWorkflowGateway(client: Client, taskQueue: string): WorkflowGateway {
  return {
    nudge: async (input) => {
      await client.workflow.signalWithStart<typeof superviseBackup>('superviseBackup', {
        ...superviseBackupStart(input),
        taskQueue,
        signal: nudge,
      });
    },
    openWorkflowIds: async (cluster) => {
      const query = `WorkflowType = 'superviseBackup' AND ExecutionStatus = 'Running' AND HoldfastCluster = '${cluster}'`;
      const ids = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
      return ids;
    },
  };
}
