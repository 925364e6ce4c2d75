import { Backup } from '../../src/domain/backup/backup.js';
import { restoreWorkflowId } from '../../src/domain/names.js';
import { specHash } from '../../src/domain/spec-hash.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import type { SeenBackup } from '../../src/domain/retry/decide.js';
import type { CliDependencies } from '../../src/cli/dependencies.js';
import type { KubernetesAccess } from '../../src/cli/kubernetes-access.js';
import { readSettings } from '../../src/cli/settings.js';
import type { DrillAccess } from '../../src/cli/drills/drill-access.js';
import type { TemporalAccess } from '../../src/cli/temporal-access.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import type { ObjectStore } from '../../src/storage/object-store.js';
import { createInMemoryStore } from '../activities/drill/in-memory-store.js';
import { collectionPath, objectPath } from '../../src/kubernetes/resources.js';

export const NOW = '2026-11-21T10:31:06Z';
export const NOW_MS = Date.parse(NOW);

const UID = '0b7c1f5e';
const S3 = { provider: 'aws', bucket: 'shop', prefix: 'orders', secretName: 'keys' };

interface BackupFixture {
  readonly name?: string;
  readonly spec?: object;
  readonly annotations?: Record<string, string>;
  readonly status?: object;
  readonly deletionTimestamp?: string;
}

/** A log backup with a retry policy of five retries from 30s within 2h. */
export function backupObject({
  name = 'orders',
  spec,
  annotations,
  status,
  deletionTimestamp,
}: BackupFixture = {}) {
  return {
    metadata: {
      name,
      namespace: 'prod',
      uid: UID,
      resourceVersion: '42',
      creationTimestamp: '2026-11-21T10:00:06Z',
      ...(annotations !== undefined && { annotations }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    spec: {
      backupMode: 'log',
      br: { cluster: 'basic' },
      s3: S3,
      backoffRetryPolicy: { maxRetryTimes: 5, minRetryDuration: '30s', retryTimeout: '2h' },
      ...spec,
    },
    ...(status !== undefined && { status }),
  };
}

interface JobFixture {
  readonly ended?: { readonly type: 'Failed' | 'Complete'; readonly at: string; readonly reason?: string };
  readonly attempt?: number;
}

export function jobObject({ ended, attempt = 0 }: JobFixture = {}) {
  return {
    metadata: {
      name: 'backup-orders-log-start',
      namespace: 'prod',
      uid: `job-${attempt}`,
      resourceVersion: '43',
      creationTimestamp: '2026-11-21T10:29:30Z',
      labels: { 'holdfast.dev/attempt': String(attempt), 'holdfast.dev/owner-uid': UID },
      ownerReferences: [{ apiVersion: 'pingcap.com/v1alpha1', kind: 'Backup', name: 'orders', uid: UID }],
    },
    spec: {},
    status: {
      conditions:
        ended === undefined
          ? []
          : [{ type: ended.type, status: 'True', reason: ended.reason, lastTransitionTime: ended.at }],
    },
  };
}

/** The Job failed a minute ago; its second retry is due in 24 s. `changes` are merged over the incident. */
export function waitingForRetry(changes: object = {}) {
  const incident = {
    id: 'job-0',
    firstFailedAt: '2026-11-21T10:29:00Z',
    retries: 2,
    lastJobUid: 'job-1',
    specHash: 'x',
    state: 'open',
    ...changes,
  };
  const retryReason = 'Job backup-orders-log-start has failed';
  const first = { detectFailedAt: '2026-11-21T10:29:00Z', expectedRetryAt: '2026-11-21T10:29:30Z' };
  const second = { detectFailedAt: '2026-11-21T10:30:30Z', expectedRetryAt: '2026-11-21T10:31:30Z' };
  const backup = backupObject({
    annotations: { 'holdfast.dev/incident': JSON.stringify(incident) },
    status: {
      phase: 'Scheduled',
      logSubCommandStatuses: {
        'log-start': {
          command: 'log-start',
          phase: 'Scheduled',
          conditions: [{ type: 'Scheduled', status: 'True', lastTransitionTime: '2026-11-21T10:29:30Z' }],
        },
      },
      backoffRetryStatus: [
        {
          retryNum: 1,
          ...first,
          realRetryAt: '2026-11-21T10:29:30Z',
          retryReason,
          originalReason: 'OOMKilled',
        },
        { retryNum: 2, ...second, retryReason, originalReason: 'SlowDown: status code: 503' },
      ],
    },
  });
  const job = jobObject({
    attempt: 1,
    ended: { type: 'Failed', at: '2026-11-21T10:30:29Z', reason: 'BackoffLimitExceeded' },
  });
  return { backup, job };
}

/** As the Job's pod leaves it after success. */
export function healthyStatus() {
  const at = '2026-11-21T10:30:00Z';
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: at }];
  return {
    phase: 'Running',
    commitTs: '454500000000000000',
    logSubCommandStatuses: { 'log-start': { command: 'log-start', phase: 'Complete', conditions } },
  };
}

/** Ended badly: the incident is settled and the phase Failed. */
export function exhausted() {
  const { spec } = backupObject();
  const incident = {
    id: 'job-0',
    firstFailedAt: '2026-11-21T10:29:00Z',
    retries: 5,
    lastJobUid: 'job-5',
    specHash: specHash(spec),
    state: 'settled',
  };
  const condition = { type: 'Failed', status: 'True', lastTransitionTime: '2026-11-21T10:31:00Z' };
  const conditions = [{ ...condition, reason: 'RetryExhausted', message: '5 of 5 retries used' }];
  const backup = backupObject({
    annotations: { 'holdfast.dev/incident': JSON.stringify(incident) },
    status: {
      phase: 'Failed',
      conditions,
      logSubCommandStatuses: { 'log-start': { command: 'log-start', phase: 'Failed', conditions } },
    },
  });
  const ended = { type: 'Failed', at: '2026-11-21T10:30:29Z', reason: 'BackoffLimitExceeded' } as const;
  return { backup, job: jobObject({ attempt: 5, ended }) };
}

export function seenBackup(
  backup: object,
  extra: { job?: object; operatorPresent?: boolean } = {},
): SeenBackup {
  const { job, operatorPresent = false } = extra;
  return {
    backup: Backup.parse(backup),
    job: job === undefined ? undefined : Job.parse(job),
    operatorPresent,
    nowMs: NOW_MS,
  };
}

interface World {
  /** Every bucket. Default: an empty one. */
  readonly store?: ObjectStore;
  /** Objects by their path in the API; an Error is thrown instead. */
  readonly objects?: Record<string, object | Error>;
  readonly temporal?: Partial<TemporalAccess> | Error;
  readonly environment?: Record<string, string>;
  /** Paths outside the resources, such as `/version`. */
  readonly documents?: Record<string, object>;
  readonly refusedVerb?: string;
}

/** What a command printed, and a clock that only its pauses move. */
export interface CliWorld {
  readonly deps: CliDependencies;
  readonly data: () => string;
  readonly said: string[];
  readonly objects: Record<string, object | Error>;
}

export const KUBE_SYSTEM = { '/api/v1/namespaces/kube-system': { metadata: { uid: 'kube-uid' } } };

export function cliWorld(world: World = {}): CliWorld {
  const data: string[] = [];
  const said: string[] = [];
  let nowMs = NOW_MS;
  const objects = { ...KUBE_SYSTEM, ...world.objects };
  const access = kubernetesAccess(objects, world);
  const deps: CliDependencies = {
    settings: readSettings({ HOLDFAST_CLUSTER: 'prod-eu', ...world.environment }),
    output: { data: (text) => data.push(text), say: (line) => said.push(line), colour: false },
    now: () => nowMs,
    pause: async (durationMs) => {
      nowMs += durationMs;
    },
    kubernetes: async () => access,
    temporal: async () => {
      if (world.temporal instanceof Error) throw world.temporal;
      return { ...silentTemporal(), ...world.temporal };
    },
    onInterrupt: () => () => undefined,
    openStore: async () => world.store ?? createInMemoryStore(),
  };
  return { deps, data: () => data.join('\n'), said, objects };
}

function kubernetesAccess(objects: Record<string, object | Error>, world: World): KubernetesAccess {
  return {
    api: objectsApi(objects, world),
    serverUrl: 'https://kubernetes.internal:6443',
    contextName: 'prod-eu',
    cluster: world.environment?.['HOLDFAST_CLUSTER'] ?? 'prod-eu',
    readDocument: async (path) => world.documents?.[path],
    close: async () => undefined,
  };
}

function objectsApi(objects: Record<string, object | Error>, { refusedVerb }: World): KubernetesApi {
  const unexpected = async (): Promise<never> => {
    throw new Error('the CLI changes nothing');
  };
  const read = (path: string): object | undefined => {
    const found = objects[path];
    if (found instanceof Error) throw found;
    return found;
  };
  return {
    get: async (reference) => read(objectPath(reference)),
    list: async (resource, query) => {
      read(collectionPath(resource, query?.namespace));
      const prefix = collectionPath(resource, query?.namespace);
      const inAll = new RegExp(
        `^${collectionPath(resource).replace(resource.plural, '')}namespaces/[^/]+/${resource.plural}/`,
      );
      const paths = Object.keys(objects).filter((path) =>
        query?.namespace === undefined ? inAll.test(path) : path.startsWith(`${prefix}/`),
      );
      return { items: paths.map(read) };
    },
    create: async (resource, _namespace, body) => {
      if (resource.kind !== 'SelfSubjectAccessReview') return unexpected();
      return { status: { allowed: !JSON.stringify(body).includes(`"verb":"${refusedVerb}"`) } };
    },
    mergePatch: unexpected,
    delete: unexpected,
    openWatch: unexpected,
    podLog: unexpected,
  };
}

export function silentDrills(): DrillAccess {
  return {
    plans: async () => [],
    plan: async () => undefined,
    apply: async () => undefined,
    pause: async () => undefined,
    resume: async () => undefined,
    trigger: async () => undefined,
    backfill: async () => undefined,
    run: async () => ({ workflowId: 'drill/test/orders-2026', runId: 'run-1' }),
    outcomeOf: async () => undefined,
  };
}

function silentTemporal(): TemporalAccess {
  return {
    address: 'temporal.internal:7233',
    namespace: 'default',
    supervise: async ({ input }) => ({ workflowId: `backup/prod/orders/${input.uid}`, runId: 'run-1' }),
    request: async ({ input }) => ({
      workflowId: `backup/prod/orders/${input.uid}`,
      runId: 'run-1',
      answer: { summary: 'done', at: NOW },
    }),
    runRestore: async ({ input }) => ({ workflowId: restoreWorkflowId(input), runId: 'run-1' }),
    cancelRestore: async ({ input }) => ({
      workflowId: restoreWorkflowId(input),
      runId: 'run-1',
      answer: { summary: 'stopping', at: NOW },
    }),
    outcomeOf: async () => undefined,
    restoreOutcomeOf: async () => undefined,
    restoreStatus: async () => ({ phase: 'Reviewing', summary: 'looking at the Restore', details: [] }),
    openRun: async () => undefined,
    openRunsUnder: async () => [],
    startStress: async ({ input: { cluster, run } }) => ({
      workflowId: `stress/${cluster}/${run}`,
      runId: 'run-1',
      attached: false,
    }),
    cancelStress: async () => undefined,
    stressState: async () => ({ phase: undefined, progress: undefined }),
    stressStatus: async () => ({ phase: 'Creating', summary: 'creates objects' }),
    stressOutcomeOf: async () => undefined,
    incidentStatus: async () => ({ phase: 'Reviewing', summary: 'looking at the Backup', retryNum: 0 }),
    drills: silentDrills(),
    pollers: async () => [{ identity: '1@host', lastPollMs: NOW_MS - 5_000 }],
    activityHolder: async () => undefined,
    requireNamespace: async () => undefined,
    missingSearchAttributes: async () => [],
    registerSearchAttributes: async () => undefined,
    close: async () => undefined,
  };
}

export const BACKUP_PATH = '/apis/pingcap.com/v1alpha1/namespaces/prod/backups/orders';
export const JOB_PATH = '/apis/batch/v1/namespaces/prod/jobs/backup-orders-log-start';
