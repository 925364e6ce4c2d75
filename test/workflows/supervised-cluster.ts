import type { BackupActivityDependencies } from '../../src/activities/backup/dependencies.js';
import { recordAtOnce } from '../../src/activities/backup/record-at-once.js';
import type { RetryReview } from '../../src/domain/retry/review.js';
import { activityInfo } from '@temporalio/activity';
import {
  createBackupActivities,
  type BackupActivities,
} from '../../src/activities/backup/backup-activities.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { logStatusPatch, statusWithLogCondition } from '../../src/domain/backup/log-status.js';
import type { SuperviseBackupInput } from '../../src/domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../../src/domain/time.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import {
  BACKUPS,
  EVENTS,
  JOBS,
  SECRETS,
  TIDB_CLUSTERS,
  type ObjectReference,
} from '../../src/kubernetes/resources.js';
import { createInMemoryCluster, type InMemoryCluster } from '../kubernetes/in-memory-cluster.js';

/** How a run of the Job ends, by attempt; the last entry serves all later attempts. */
export type RunEnd = 'fails' | 'completes' | 'runs';

export interface JobEndListener {
  nudge(): Promise<unknown>;
  /**
   * Keeps a time-skipping server from skipping, until what it resolves to is called. Without it the server would skip
   * while a nudge is under way: to the time-out of the workflow, which waits for nothing else.
   */
  holdTime?(): Promise<() => Promise<unknown>>;
}

export interface SupervisedCluster {
  readonly memory: InMemoryCluster;
  readonly input: SuperviseBackupInput;
  readonly activities: BackupActivities;
  /** What the watch would tell when a Job was created and has ended. */
  onJobEnd(listener: JobEndListener): void;
  /** What the watch does first about a failure; call it where the activities' clock runs: for the end of a Job. */
  recordAtOnce(): Promise<RetryReview | undefined>;
  /** Ends the Job that runs. */
  endJob(end: RunEnd): Promise<void>;
  backup(): Backup;
  eventReasons(): string[];
  /** `holdfast.dev/attempt` of every Job that was ever created. */
  readonly attempts: string[];
}

const CLUSTER_UID = 'cluster-uid';
const NAME = { namespace: 'prod', name: 'orders' };
const REFERENCE: ObjectReference = { resource: BACKUPS, ...NAME };

/** The real activities over an API server in memory, with Jobs that end as told. The time is the test server's. */
export function createSupervisedCluster(
  ends: readonly RunEnd[],
  policy: object,
  intercept: (api: KubernetesApi) => KubernetesApi = (api) => api,
): SupervisedCluster {
  const memory = createInMemoryCluster();
  memory.put(TIDB_CLUSTERS, { metadata: { namespace: 'prod', name: 'basic' }, spec: { version: 'v8.5.2' } });
  memory.put(SECRETS, {
    metadata: { namespace: 'prod', name: 's3-secret' },
    data: { access_key: '', secret_key: '' },
  });
  memory.put(BACKUPS, {
    metadata: { ...NAME, uid: 'backup-uid' },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: policy,
      br: { cluster: 'basic' },
      s3: { provider: 'aws', bucket: 'b', secretName: 's3-secret' },
    },
  });
  const now = () => activityInfo().currentAttemptScheduledTimestampMs;
  const input = { cluster: 'test', clusterUid: CLUSTER_UID, ...NAME, uid: 'backup-uid' };
  const attempts: string[] = [];
  const listeners: JobEndListener[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  const backup = () => Backup.parse(memory.read(REFERENCE));
  const endJob = async (end: RunEnd, atMs = Date.now()) => {
    if (end === 'runs') return reportRunning({ memory, backup: backup(), atMs });
    await endCurrentJob({ memory, backup: backup(), failed: end === 'fails', atMs });
    await Promise.all(listeners.map(({ nudge }) => nudge()));
  };
  memory.onWrite((verb, resource, object) => {
    if (verb !== 'create' || resource !== JOBS) return;
    const attempt = attemptOf(object);
    attempts.push(attempt);
    ended = endJob(ends[Number(attempt)] ?? ends.at(-1) ?? 'runs', now());
  });
  const api: KubernetesApi = {
    ...memory.api,
    create: async (resource, ...object) => {
      if (resource !== JOBS) return memory.api.create(resource, ...object);
      const releases = await Promise.all(listeners.map(async ({ holdTime }) => holdTime?.()));
      try {
        return await memory.api.create(resource, ...object);
      } finally {
        // The activity goes on, as it would: the end of its Job is no part of it.
        void ended.then(() => Promise.all(releases.map(async (release) => release?.())));
      }
    },
  };
  const deps: BackupActivityDependencies = {
    api: intercept(api),
    clusterUid: CLUSTER_UID,
    operator: 'absent',
    images: { backupManager: 'holdfast-backup-manager:test' },
    now,
  };
  return {
    memory,
    input,
    activities: createBackupActivities(deps),
    recordAtOnce: () => recordAtOnce(deps, input),
    onJobEnd: (listener) => void listeners.push(listener),
    endJob,
    backup,
    eventReasons: () =>
      memory
        .all(EVENTS)
        .map((event) => String(event['reason']))
        .sort(),
    attempts,
  };
}

/** The in-pod manager says that it has started. */
async function reportRunning({
  memory,
  backup,
  atMs,
}: {
  memory: InMemoryCluster;
  backup: Backup;
  atMs: number;
}): Promise<void> {
  const now = toRfc3339Seconds(atMs);
  const status = statusWithLogCondition(backup.status, { command: 'log-start', type: 'Running', now });
  await memory.api.mergePatch(REFERENCE, { status: logStatusPatch(backup.status, status) });
}

function attemptOf(job: { [key: string]: unknown }): string {
  const { metadata } = job;
  const labels: unknown =
    typeof metadata === 'object' && metadata !== null && 'labels' in metadata ? metadata.labels : {};
  const attempt: unknown =
    typeof labels === 'object' && labels !== null ? Reflect.get(labels, 'holdfast.dev/attempt') : '';
  return String(attempt);
}

async function endCurrentJob({
  memory,
  backup,
  failed,
  atMs,
}: {
  memory: InMemoryCluster;
  backup: Backup;
  failed: boolean;
  atMs: number;
}): Promise<void> {
  const lastTransitionTime = toRfc3339Seconds(atMs);
  const name = 'backup-orders-log-start';
  // As the in-pod manager does: its word in the CR, then the Job's end.
  const type = failed ? 'Failed' : 'Complete';
  const status = statusWithLogCondition(backup.status, {
    command: 'log-start',
    type,
    now: lastTransitionTime,
  });
  await memory.api.mergePatch(REFERENCE, { status: logStatusPatch(backup.status, status) });
  await memory.api.mergePatch(
    { resource: JOBS, namespace: 'prod', name },
    {
      status: { conditions: [{ type, status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime }] },
    },
  );
}
