import type { Client } from '@temporalio/client';
import { Backup } from '../../../src/domain/backup/backup.js';
import { logJobName } from '../../../src/domain/backup/log-job-name.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { backupWorkflowId } from '../../../src/domain/names.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import { findJob, listItems } from '../../../src/kubernetes/jobs.js';
import { BACKUPS, EVENTS } from '../../../src/kubernetes/resources.js';
import { SeenEvent } from '../observation.js';
import { workflowRuns, type WorkflowRun } from './workflow-runs.js';

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
