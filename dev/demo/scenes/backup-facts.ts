import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { Backup } from '../../../src/domain/backup/backup.js';
import { logJobName } from '../../../src/domain/backup/log-job-name.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { backupWorkflowId } from '../../../src/domain/names.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import { findJob, listItems } from '../../../src/kubernetes/jobs.js';
import { BACKUPS, EVENTS } from '../../../src/kubernetes/resources.js';
import { SeenEvent } from '../observation.js';

/** How one run of the Backup's workflow stands, oldest run first. */
export interface WorkflowRun {
  /** As Temporal names it: RUNNING, COMPLETED, FAILED, … */
  readonly status: string;
  /** Of a completed run. */
  readonly outcome?: string;
}

/** Everything there is about one Backup at the end of a scene, read afresh. */
export interface BackupFacts {
  readonly backup: Backup;
  /** Reasons of its Events, one for each Event. */
  readonly eventReasons: readonly string[];
  readonly job: Job | undefined;
  readonly runs: readonly WorkflowRun[];
}

/** @throws Error when the Backup does not exist */
export async function readBackupFacts(
  { api, client }: { api: KubernetesApi; client: Client },
  { namespace, name }: { namespace: string; name: string },
): Promise<BackupFacts> {
  const found = await api.get({ resource: BACKUPS, namespace, name });
  if (found === undefined) throw new Error(`Backup ${namespace}/${name} does not exist`);
  const backup = Backup.parse(found);
  const { uid } = backup.metadata;
  const [events, job, runs] = await Promise.all([
    api.list(EVENTS, { namespace, fieldSelector: `involvedObject.uid=${uid}` }),
    findJob(api, { namespace, name: logJobName(name, 'log-start') }),
    workflowRuns(client, backupWorkflowId({ namespace, name, uid })),
  ]);
  const eventReasons = listItems(events)
    .map((event) => SeenEvent.parse(event).reason)
    .sort();
  return { backup, eventReasons, job, runs };
}

const RunResult = z.object({ outcome: z.string() });

async function workflowRuns(client: Client, workflowId: string): Promise<WorkflowRun[]> {
  const runs: (WorkflowRun & { startedMs: number })[] = [];
  for await (const { runId, status, startTime } of client.workflow.list({
    query: `WorkflowId = '${workflowId}'`,
  })) {
    const startedMs = startTime.getTime();
    const completed = status.name === 'COMPLETED';
    const result: unknown = completed ? await client.workflow.getHandle(workflowId, runId).result() : {};
    const { outcome } = RunResult.partial().parse(result);
    runs.push({ status: status.name, startedMs, ...(outcome !== undefined && { outcome }) });
  }
  return runs.sort((a, b) => a.startedMs - b.startedMs).map(({ startedMs: _sorted, ...run }) => run);
}
