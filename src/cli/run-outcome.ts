import type { Client } from '@temporalio/client';
import type {
  runReplicationRestore,
  RunReplicationRestoreResult,
} from '../workflows/run-replication-restore.js';
import type { runRestoreDrill, RunRestoreDrillResult } from '../workflows/run-restore-drill.js';
import type { superviseBackup, SuperviseBackupResult } from '../workflows/supervise-backup.js';

interface Wait {
  readonly run: { readonly workflowId: string; readonly runId: string };
  readonly timeoutMs: number;
}

/** How a run ended; `undefined` when it has not after `timeoutMs`. */
export function backupOutcome(
  client: Client,
  { run, timeoutMs }: Wait,
): Promise<SuperviseBackupResult | undefined> {
  const handle = client.workflow.getHandle<typeof superviseBackup>(run.workflowId, run.runId);
  return inTime(handle.result(), timeoutMs);
}

/** As `backupOutcome`. */
export function restoreOutcome(
  client: Client,
  { run, timeoutMs }: Wait,
): Promise<RunReplicationRestoreResult | undefined> {
  const handle = client.workflow.getHandle<typeof runReplicationRestore>(run.workflowId, run.runId);
  return inTime(handle.result(), timeoutMs);
}

/** As `backupOutcome`. */
export function drillOutcome(
  client: Client,
  { run, timeoutMs }: Wait,
): Promise<RunRestoreDrillResult | undefined> {
  const handle = client.workflow.getHandle<typeof runRestoreDrill>(run.workflowId, run.runId);
  return inTime(handle.result(), timeoutMs);
}

async function inTime<T>(result: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const late = lateAnswer(timeoutMs);
  try {
    return await Promise.race([result, late.answer]);
  } finally {
    late.cancel();
  }
}

function lateAnswer(timeoutMs: number): { answer: Promise<undefined>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  return { answer, cancel: () => clearTimeout(timer) };
}
