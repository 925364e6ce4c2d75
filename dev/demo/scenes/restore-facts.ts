import type { Client } from '@temporalio/client';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { restoreWorkflowId } from '../../../src/domain/names.js';
import type { CompactBackup } from '../../../src/domain/replication/compact-backup.js';
import { restoreJobName } from '../../../src/domain/replication/restore-job-name.js';
import type { Restore } from '../../../src/domain/replication/restore.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import { readCompactBackup } from '../../../src/kubernetes/compact-backups.js';
import { findJob, listItems } from '../../../src/kubernetes/jobs.js';
import { EVENTS } from '../../../src/kubernetes/resources.js';
import { readRestore } from '../../../src/kubernetes/restores.js';
import { SeenEvent } from '../observation.js';
import { workflowRuns, type WorkflowRun } from './workflow-runs.js';

/** Everything there is about one Restore at the end of a scene, read afresh. */
export interface RestoreFacts {
  readonly restore: Restore;
  readonly compactBackup: CompactBackup | undefined;
  /** Reasons of its Events, one for each Event. */
  readonly eventReasons: readonly string[];
  readonly snapshotJob: Job | undefined;
  readonly logJob: Job | undefined;
  readonly runs: readonly WorkflowRun[];
}

/** @throws Error when the Restore does not exist */
export async function readRestoreFacts(
  { api, client }: { api: KubernetesApi; client: Client },
  { namespace, name, compaction }: { namespace: string; name: string; compaction: string },
): Promise<RestoreFacts> {
  const restore = await readRestore(api, { namespace, name });
  if (restore === undefined) throw new Error(`Restore ${namespace}/${name} does not exist`);
  const { uid } = restore.metadata;
  const [compactBackup, events, snapshotJob, logJob, runs] = await Promise.all([
    readCompactBackup(api, { namespace, name: compaction }),
    api.list(EVENTS, { namespace, fieldSelector: `involvedObject.uid=${uid}` }),
    findJob(api, { namespace, name: restoreJobName(name, 'snapshot-restore') }),
    findJob(api, { namespace, name: restoreJobName(name, 'log-restore') }),
    workflowRuns(client, restoreWorkflowId({ namespace, name, uid })),
  ]);
  const eventReasons = listItems(events)
    .map((event) => SeenEvent.parse(event).reason)
    .sort();
  return { restore, compactBackup, eventReasons, snapshotJob, logJob, runs };
}
