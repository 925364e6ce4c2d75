import type { BackupActivityDependencies } from '../../src/activities/backup/dependencies.js';
import { recordAtOnce } from '../../src/activities/backup/record-at-once.js';
import type { RetryReview } from '../../src/domain/retry/review.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import {
  createBackupActivities,
  type BackupActivities,
} from '../../src/activities/backup/backup-activities.js';
import type { RestartJobInput } from '../../src/activities/backup/restart-job.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { logStatusPatch, statusWithLogCondition } from '../../src/domain/backup/log-status.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import type { Pod } from '../../src/domain/kubernetes/pod.js';
import type { SuperviseBackupInput } from '../../src/domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../../src/domain/time.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { patchBackup, readBackup } from '../../src/kubernetes/backups.js';
import { findJob, listItems, podsOfJob } from '../../src/kubernetes/jobs.js';
import { BACKUPS, EVENTS, PODS, SECRETS, TIDB_CLUSTERS } from '../../src/kubernetes/resources.js';
import { startApiServer, type ApiServer } from '../kubernetes/api-server.js';
import { activityEnvironment, inActivityContext } from './activity-context.js';
import { BackupEvent } from './backup-event.js';

export const NAMESPACE = 'shop';

/** What the activities are for: Backups of a real API server, whose pods the test acts. */
export interface BackupWorld {
  readonly server: ApiServer;
  /** The activities' clock: the real one, plus what was skipped. */
  now(): number;
  skipMs(ms: number): void;
  /** A log backup of a cluster that exists. `spec` is merged over 5 retries from 30s within 2h. */
  createBackup(name: string, spec?: object): Promise<SuperviseBackupInput>;
  /** Runs activities, each in an activity context; `api` defaults to that of the worker. */
  activities(api?: KubernetesApi): BackupActivities;
  /** What the watch does first about a failure. */
  recordAtOnce(input: SuperviseBackupInput, api?: KubernetesApi): Promise<RetryReview | undefined>;
  backup(input: SuperviseBackupInput): Promise<Backup>;
  /** The Job of log-start; throws where there is none. */
  job(input: SuperviseBackupInput): Promise<Job>;
  pod(input: SuperviseBackupInput): Promise<Pod>;
  /** As a scheduler does: from then on the API server asks this node for the pod's log. */
  bindPod(input: SuperviseBackupInput, node: string): Promise<void>;
  events(input: SuperviseBackupInput): Promise<BackupEvent[]>;
  /** Ends the present run as pod and in-pod manager would, and waits until its Job has ended. */
  endRun(input: SuperviseBackupInput, end: RunEnd): Promise<Job>;
  /** A Backup whose first run has failed. */
  failedBackup(name: string, spec?: object): Promise<SuperviseBackupInput>;
  /** Records the failure, and skips the time until its retry. */
  untilDue(input: SuperviseBackupInput): Promise<RestartJobInput>;
  /** A Backup whose failure is recorded and whose first retry is due. */
  dueBackup(name: string, spec?: object): Promise<RestartJobInput>;
  stop(): Promise<void>;
}

export type RunEnd =
  | { readonly result: 'Complete' }
  /** `status` is merged over the status of the pod. */
  | { readonly result: 'Failed'; readonly status?: object };

export const POLICY = { maxRetryTimes: 5, minRetryDuration: '30s', retryTimeout: '2h' };
const CLUSTER = 'test';

export async function startBackupWorld(): Promise<BackupWorld> {
  const server = await startApiServer([NAMESPACE]);
  try {
    await createSurroundings(server.admin);
  } catch (failure) {
    await server.stop();
    throw failure;
  }
  return worldOf(server);
}

async function createSurroundings(admin: KubernetesApi): Promise<void> {
  await admin.create(TIDB_CLUSTERS, NAMESPACE, {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'TidbCluster',
    metadata: { name: 'basic', namespace: NAMESPACE },
    spec: { version: 'v8.5.2' },
  });
  await admin.create(SECRETS, NAMESPACE, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's3-keys', namespace: NAMESPACE },
    stringData: { access_key: 'a', secret_key: 'b' },
  });
}

function worldOf(server: ApiServer): BackupWorld {
  const { admin, clusterUid } = server;
  let skippedMs = 0;
  const now = () => Date.now() + skippedMs;
  const deps = (api: KubernetesApi): BackupActivityDependencies => ({
    api,
    clusterUid,
    operator: 'absent',
    images: { backupManager: 'holdfast-backup-manager:test' },
    now,
  });
  const activities = (api: KubernetesApi = server.worker) =>
    inActivityContext(createBackupActivities(deps(api)));
  const world: BackupWorld = {
    server,
    now,
    skipMs: (ms) => void (skippedMs += ms),
    activities,
    recordAtOnce: (input, api = server.worker) => activityEnvironment().run(recordAtOnce, deps(api), input),
    createBackup: async (name, spec = {}) => {
      const { metadata } = Backup.parse(await admin.create(BACKUPS, NAMESPACE, backupObject(name, spec)));
      return { cluster: CLUSTER, clusterUid, namespace: NAMESPACE, name, uid: metadata.uid };
    },
    backup: async (input) => found(`Backup ${input.name}`, await readBackup(admin, input)),
    job: async (input) => found(`Job of ${input.name}`, await findJob(admin, jobOf(input))),
    pod: (input) => podOf(world, input),
    bindPod: async (input, node) => {
      const { name, namespace } = (await podOf(world, input)).metadata;
      await server.post({ resource: PODS, namespace, name }, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      });
    },
    events: async ({ uid }) => {
      const fieldSelector = `involvedObject.uid=${uid}`;
      const items = listItems(await admin.list(EVENTS, { namespace: NAMESPACE, fieldSelector }));
      return items.map((item) => BackupEvent.parse(item));
    },
    endRun: (input, end) => endRun(world, input, end),
    failedBackup: async (name, spec) => {
      const input = await world.createBackup(name, spec);
      await activities().createFirstJob(input);
      await world.endRun(input, { result: 'Failed' });
      return input;
    },
    untilDue: async (input) => {
      const review = await activities().reviewBackup(input);
      if (review.next !== 'Retry') throw new Error(`no retry of ${input.name} is due: ${review.summary}`);
      skippedMs += Math.max(0, review.dueMs - now());
      return { ...input, retryNum: review.retryNum };
    },
    dueBackup: async (name, spec) => world.untilDue(await world.failedBackup(name, spec)),
    stop: () => server.stop(),
  };
  return world;
}

function backupObject(name: string, spec: object): object {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: POLICY,
      br: { cluster: 'basic' },
      s3: { provider: 'aws', bucket: 'backups', secretName: 's3-keys' },
      ...spec,
    },
  };
}

export function jobOf({ name }: { name: string }): { namespace: string; name: string } {
  return { namespace: NAMESPACE, name: `backup-${name}-log-start` };
}

function found<T>(what: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`${what} is not there`);
  return value;
}

async function podOf(world: BackupWorld, input: SuperviseBackupInput): Promise<Pod> {
  let pods: Pod[] = [];
  await waitUntil({
    what: `the pod of ${input.name} should exist`,
    timeoutMs: 20_000,
    attempt: async () => {
      pods = await podsOfJob(world.server.admin, await world.job(input));
      return pods.length > 0;
    },
  });
  return found(`pod of ${input.name}`, pods[0]);
}

async function endRun(world: BackupWorld, input: SuperviseBackupInput, end: RunEnd): Promise<Job> {
  const pod = await world.pod(input);
  await writeOutcome(world, input, end.result);
  const succeeded = end.result === 'Complete';
  const terminated = succeeded
    ? { exitCode: 0, reason: 'Completed' }
    : { exitCode: 1, reason: 'Error', message: '' };
  const container = { name: 'backup', image: 'test', imageID: '', ready: false, restartCount: 0 };
  const { name, namespace } = pod.metadata;
  await world.server.writeStatus(
    { resource: PODS, namespace, name },
    {
      phase: succeeded ? 'Succeeded' : 'Failed',
      containerStatuses: [{ ...container, state: { terminated } }],
      ...(end.result === 'Failed' && end.status),
    },
  );
  await waitUntil({
    what: `the Job of ${input.name} should end`,
    timeoutMs: 20_000,
    attempt: async () => jobOutcome(await world.job(input)) !== 'running',
  });
  return world.job(input);
}

/** As the in-pod manager does, some time before its pod ends. */
async function writeOutcome(
  world: BackupWorld,
  input: SuperviseBackupInput,
  type: RunEnd['result'],
): Promise<void> {
  const backup = await world.backup(input);
  const status = statusWithLogCondition(backup.status, {
    command: 'log-start',
    type,
    now: toRfc3339Seconds(world.now()),
    ...(type === 'Complete' && { fields: { commitTs: '454500000000000001' } }),
  });
  await patchBackup(world.server.admin, backup, { status: logStatusPatch(backup.status, status) });
}

/** Everything of one Backup that an activity may write, with the versions where nobody else writes. */
export async function footprint(world: BackupWorld, input: SuperviseBackupInput): Promise<object> {
  const backup = await world.backup(input);
  const job = await findJob(world.server.admin, jobOf(input));
  const events = await world.events(input);
  return {
    backup: `${backup.metadata.uid} ${backup.metadata.resourceVersion}`,
    job: job === undefined ? 'none' : `${job.metadata.uid} ${JSON.stringify(job.spec)}`,
    events: events.map(({ reason, metadata }) => `${reason} ${metadata.resourceVersion}`).sort(),
  };
}
