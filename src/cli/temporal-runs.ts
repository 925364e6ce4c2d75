import type { Client } from '@temporalio/client';
import type { RunReplicationRestoreInput } from '../domain/replication/restore-input.js';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import { runReplicationRestoreStart } from '../temporal/run-replication-restore-start.js';
import { superviseBackupStart } from '../temporal/supervise-backup-start.js';
import { nudge } from '../workflows/messages.js';
import type { runReplicationRestore } from '../workflows/run-replication-restore.js';
import type { superviseBackup } from '../workflows/supervise-backup.js';

export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId: string;
}

export async function supervise(
  client: Client,
  { input, taskQueue }: { input: SuperviseBackupInput; taskQueue: string },
): Promise<WorkflowRun> {
  const { workflowId, signaledRunId } = await client.workflow.signalWithStart<typeof superviseBackup>(
    'superviseBackup',
    { ...superviseBackupStart(input), taskQueue, signal: nudge },
  );
  return { workflowId, runId: signaledRunId };
}

export async function runRestore(
  client: Client,
  { input, taskQueue }: { input: RunReplicationRestoreInput; taskQueue: string },
): Promise<WorkflowRun> {
  const { workflowId, signaledRunId } = await client.workflow.signalWithStart<typeof runReplicationRestore>(
    'runReplicationRestore',
    { ...runReplicationRestoreStart(input), taskQueue, signal: nudge },
  );
  return { workflowId, runId: signaledRunId };
}

export async function openRunsUnder(client: Client, idPrefix: string): Promise<WorkflowRun[]> {
  const runs: WorkflowRun[] = [];
  // Names of objects hold no quotes: they were checked as arguments.
  const query = `ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${idPrefix}'`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) runs.push({ workflowId, runId });
  return runs;
}
