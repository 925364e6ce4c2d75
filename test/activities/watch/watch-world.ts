import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { waitUntil } from '../../../dev/processes/readiness.js';
import type {
  WatchDependencies,
  WatchObserver,
  WorkflowGateway,
} from '../../../src/activities/watch/dependencies.js';
import { createWatchActivities } from '../../../src/activities/watch/watch-activities.js';
import { Backup } from '../../../src/domain/backup/backup.js';
import { Job } from '../../../src/domain/kubernetes/job.js';
import { logJobName } from '../../../src/domain/backup/log-job-name.js';
import type { RetryReview } from '../../../src/domain/retry/review.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../../../src/domain/time.js';
import { jobReference } from '../../../src/kubernetes/jobs.js';
import { backupOwnerReference } from '../../../src/kubernetes/objects/owned-metadata.js';
import { createJobDeletions } from '../../../src/kubernetes/job-deletions.js';
import { BACKUPS, JOBS, NAMESPACES } from '../../../src/kubernetes/resources.js';
import type { ApiServer } from '../../kubernetes/api-server.js';

export interface Nudge {
  readonly input: SuperviseBackupInput;
  /** What the watch had just recorded. */
  readonly review: RetryReview | undefined;
  readonly atMs: number;
}

export interface RestoreNudge {
  readonly name: string;
  /** Whether a workflow is started where none is open. */
  readonly start: boolean;
}

/** One run of the activity `watchObjects`, and what it told. */
export interface Watch {
  readonly nudges: readonly Nudge[];
  /** Names of the nudged Backups, sorted, each as often as it was nudged. */
  names(): string[];
  /** Waits until the Backup was nudged so often. */
  nudged(name: string, times?: number): Promise<void>;
  readonly restoreNudges: readonly RestoreNudge[];
  /** Resources heard of so far. */
  readonly alive: ReadonlySet<string>;
  /** `step: message` of what failed and is tried again. */
  readonly failures: readonly string[];
  heartbeats(): number;
  /** What the activity ended with. */
  readonly ended: Promise<unknown>;
  /** Tells the process to end. */
  abort(): void;
  stop(): Promise<void>;
}

export interface WatchOptions extends Partial<
  Pick<WatchDependencies, 'api' | 'deletions' | 'namespaces' | 'operator' | 'recordFailure' | 'selector'>
> {
  readonly now?: () => number;
  readonly openWorkflowIds?: () => ReadonlySet<string>;
  /** In place of what the watch tells. */
  readonly observer?: Partial<WatchObserver>;
  /** Called for each nudge after it is noted; rejects where Temporal is away. */
  readonly deliver?: WorkflowGateway['nudge'];
}

export function startWatch(server: Pick<ApiServer, 'worker' | 'clusterUid'>, options: WatchOptions): Watch {
  const nudges: Nudge[] = [];
  const restoreNudges: RestoreNudge[] = [];
  const alive = new Set<string>();
  const failures: string[] = [];
  const stopping = new AbortController();
  let heartbeats = 0;
  const { deliver, openWorkflowIds, observer, ...more } = options;
  const { watchObjects } = createWatchActivities({
    api: server.worker,
    clusterUid: server.clusterUid,
    operator: 'absent',
    namespaces: undefined,
    selector: undefined,
    now: Date.now,
    deletions: createJobDeletions(),
    recordFailure: async () => undefined,
    ...more,
    workflows: {
      nudge: async (input, review) => {
        nudges.push({ input, review, atMs: Date.now() });
        await deliver?.(input);
      },
      nudgeRestore: async (input, { start }) => {
        restoreNudges.push({ name: input.name, start });
      },
      openWorkflowIds: async () => openWorkflowIds?.() ?? new Set(),
    },
    beginObserver: () => ({
      alive: ({ resource }) => void alive.add(resource),
      failed: (step, failure) => void failures.push(`${step}: ${String(failure)}`),
      calls: { line: () => undefined },
      backupChanged: () => undefined,
      restoreChanged: () => undefined,
      compactionUnknown: () => undefined,
      ended: () => undefined,
      ...observer,
    }),
    stopping: stopping.signal,
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  environment.on('heartbeat', () => (heartbeats += 1));
  const ended = environment.run(watchObjects, { cluster: 'test', clusterUid: server.clusterUid });
  // Who waits for the end sees the failure; nobody does while the test looks elsewhere.
  ended.catch(() => undefined);
  const names = () => nudges.map(({ input }) => input.name).sort();
  return {
    nudges,
    restoreNudges,
    names,
    nudged: (name, times = 1) =>
      waitUntil({
        what: `Backup ${name} should be nudged ${times} times, nudged were ${names().slice(0, 20).join(', ')}`,
        timeoutMs: 20_000,
        attempt: async () => names().filter((nudged) => nudged === name).length >= times,
      }),
    alive,
    failures,
    heartbeats: () => heartbeats,
    ended,
    abort: () => stopping.abort(),
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

export async function createNamespace(server: ApiServer, name: string): Promise<string> {
  await server.admin.create(NAMESPACES, undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  return name;
}

interface BackupChanges {
  readonly spec?: object;
  readonly status?: object;
  readonly metadata?: object;
}

export async function createBackup(
  server: ApiServer,
  { namespace, name }: { namespace: string; name: string },
  { spec, status, metadata }: BackupChanges = {},
): Promise<Backup> {
  const created = await server.admin.create(BACKUPS, namespace, {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: { namespace, name, ...metadata },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: { maxRetryTimes: 5, minRetryDuration: '30s', retryTimeout: '2h' },
      br: { cluster: 'basic' },
      s3: { provider: 'aws', bucket: 'backups' },
      ...spec,
    },
    ...(status !== undefined && { status }),
  });
  return Backup.parse(created);
}

/** What the in-pod manager wrote. */
export function logStart(phase: string): object {
  return { phase, logSubCommandStatuses: { 'log-start': { command: 'log-start', phase } } };
}

/** Its Job, which no controller touches: the test says how it goes. */
export async function createJob(server: ApiServer, backup: Backup): Promise<Job> {
  const { namespace, name, uid } = backup.metadata;
  const labels = { 'app.kubernetes.io/managed-by': 'backup-operator', 'holdfast.dev/owner-uid': uid };
  const created = await server.admin.create(JOBS, namespace, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace,
      name: logJobName(name, 'log-start'),
      labels,
      ownerReferences: [backupOwnerReference(backup)],
    },
    spec: {
      managedBy: 'holdfast.dev/test',
      template: {
        metadata: { labels },
        spec: { restartPolicy: 'Never', containers: [{ name: 'backup', image: 'test' }] },
      },
    },
  });
  return Job.parse(created);
}

/** Ends a Job as the Job controller does. */
export async function endJob(
  server: ApiServer,
  job: Job,
  end: { type: 'Failed' | 'Complete'; endedAtMs?: number },
): Promise<void> {
  const time = toRfc3339Seconds(end.endedAtMs ?? Date.now());
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'Test',
    lastTransitionTime: time,
    lastProbeTime: time,
  });
  const failed = end.type === 'Failed';
  await server.writeStatus(jobReference(job.metadata), {
    startTime: toRfc3339Seconds(Date.parse(time) - 1_000),
    ...(!failed && { completionTime: time, succeeded: 1 }),
    ...(failed && { failed: 1 }),
    conditions: [condition(failed ? 'FailureTarget' : 'SuccessCriteriaMet'), condition(end.type)],
  });
}

/** A Backup with a Job that has just failed. */
export async function createFailedBackup(
  server: ApiServer,
  identity: { namespace: string; name: string },
  changes: BackupChanges & { endedAtMs?: number } = {},
): Promise<Backup> {
  const { endedAtMs, ...rest } = changes;
  const backup = await createBackup(server, identity, { status: logStart('Running'), ...rest });
  const job = await createJob(server, backup);
  await endJob(server, job, { type: 'Failed', ...(endedAtMs !== undefined && { endedAtMs }) });
  return backup;
}
