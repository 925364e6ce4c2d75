import { activityInfo } from '@temporalio/activity';
import {
  createRestoreActivities,
  type RestoreActivities,
} from '../../src/activities/restore/restore-activities.js';
import type { RunReplicationRestoreInput } from '../../src/domain/replication/restore-input.js';
import { restoreJobName } from '../../src/domain/replication/restore-job-name.js';
import type { RestoreJobStep } from '../../src/domain/replication/restore-step.js';
import { Restore } from '../../src/domain/replication/restore.js';
import { toRfc3339Seconds } from '../../src/domain/time.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import {
  COMPACT_BACKUPS,
  CONFIG_MAPS,
  EVENTS,
  JOBS,
  PODS,
  RESTORES,
  SECRETS,
  STATEFUL_SETS,
  TIDB_CLUSTERS,
  type ObjectReference,
} from '../../src/kubernetes/resources.js';
import { createInMemoryCluster, type InMemoryCluster } from '../kubernetes/in-memory-cluster.js';

/** The real activities over an API server in memory that holds one Restore. The time is the test server's. */
export interface RestoredCluster {
  readonly memory: InMemoryCluster;
  readonly input: RunReplicationRestoreInput;
  readonly activities: RestoreActivities;
  restore(): Restore;
  hasJob(step: RestoreJobStep): boolean;
  /** Ends a Job as its controller does. */
  endJob(step: RestoreJobStep, end: 'Complete' | 'Failed'): Promise<void>;
  /** What the manager in the pod of the log half writes. */
  report(phase: 'Running' | 'Complete'): Promise<void>;
  /** Creates the CompactBackup, or changes its state. */
  compaction(state: string, spec?: object): void;
  /** What TiKV's ConfigMap says. */
  configureTikv(config: string): void;
  addPod(): void;
  endPods(): void;
  eventReasons(): string[];
  /** Patches of the Restore. */
  writes(): number;
}

const CLUSTER_UID = 'cluster-uid';
const NAMESPACE = 'prod';
const NAME = { namespace: NAMESPACE, name: 'orders' };
const REFERENCE: ObjectReference = { resource: RESTORES, ...NAME };
const TIKV = {
  'app.kubernetes.io/component': 'tikv',
  'app.kubernetes.io/instance': 'basic',
  'app.kubernetes.io/managed-by': 'tidb-operator',
};
const LOG = { provider: 'aws', bucket: 'b', prefix: 'log', secretName: 's3-secret' };

export function createRestoredCluster(
  wish: {
    spec?: object;
    labels?: Record<string, string>;
    createdAtMs?: number;
    intercept?: (api: KubernetesApi) => KubernetesApi;
  } = {},
): RestoredCluster {
  const memory = createInMemoryCluster();
  const put = (resource: ObjectReference['resource'], name: string, rest: object) =>
    memory.put(resource, { metadata: { namespace: NAMESPACE, name }, ...rest });
  put(TIDB_CLUSTERS, 'basic', { spec: { version: 'v8.5.2' } });
  put(SECRETS, 's3-secret', { data: { access_key: '', secret_key: '' } });
  memory.put(STATEFUL_SETS, {
    metadata: { namespace: NAMESPACE, name: 'basic-tikv', labels: TIKV },
    spec: { template: { spec: { volumes: [{ configMap: { name: 'basic-tikv-1' } }] } } },
  });
  const configureTikv = (config: string): void =>
    put(CONFIG_MAPS, 'basic-tikv-1', { data: { 'config-file': config } });
  configureTikv('[gc]\nratio-threshold = -1.0\n');
  memory.put(RESTORES, {
    metadata: {
      ...NAME,
      uid: 'restore-uid',
      labels: wish.labels ?? { 'holdfast.dev/managed': 'true' },
      creationTimestamp: toRfc3339Seconds(wish.createdAtMs ?? Date.now()),
    },
    spec: {
      restoreMode: 'pitr',
      replicationConfig: { compactBackupName: 'cb' },
      pitrFullBackupStorageProvider: { s3: { ...LOG, prefix: 'full' } },
      br: { cluster: 'basic' },
      s3: LOG,
      ...wish.spec,
    },
  });
  let writes = 0;
  memory.onWrite((verb, resource) => {
    if (verb === 'patch' && resource === RESTORES) writes += 1;
  });
  const restore = () => Restore.parse(memory.read(REFERENCE));
  const jobOf = (step: RestoreJobStep): ObjectReference => ({
    resource: JOBS,
    namespace: NAMESPACE,
    name: restoreJobName(NAME.name, step),
  });
  return {
    memory,
    input: { cluster: 'test', clusterUid: CLUSTER_UID, ...NAME, uid: 'restore-uid' },
    activities: createRestoreActivities({
      api: wish.intercept?.(memory.api) ?? memory.api,
      clusterUid: CLUSTER_UID,
      operator: 'absent',
      images: { backupManager: 'holdfast-backup-manager:test' },
      crd: { hasStatusSubresource: async () => false, dropsReplicationConfig: async () => false },
      now: () => activityInfo().currentAttemptScheduledTimestampMs,
    }),
    restore,
    hasJob: (step) => memory.read(jobOf(step)) !== undefined,
    endJob: async (type_, type) => {
      const at = toRfc3339Seconds(Date.now());
      const reason = type === 'Failed' ? 'BackoffLimitExceeded' : undefined;
      const condition = { type, status: 'True', reason, lastTransitionTime: at };
      await memory.api.mergePatch(jobOf(type_), { status: { conditions: [condition] } });
    },
    report: async (type) => {
      const { conditions } = restore().status;
      const condition = { type, status: 'True', lastTransitionTime: toRfc3339Seconds(Date.now()) };
      const status = { phase: type, commitTs: '42', conditions: [...(conditions ?? []), condition] };
      await memory.api.mergePatch(REFERENCE, { status });
      writes -= 1;
    },
    compaction: (state, spec) =>
      put(COMPACT_BACKUPS, 'cb', { spec: { br: { cluster: 'basic' }, s3: LOG, ...spec }, status: { state } }),
    configureTikv,
    addPod: () =>
      memory.put(PODS, {
        metadata: {
          namespace: NAMESPACE,
          name: 'br',
          labels: { 'tidb.pingcap.com/restore-uid': 'restore-uid' },
        },
        status: { phase: 'Running' },
      }),
    endPods: () =>
      memory.put(PODS, {
        metadata: {
          namespace: NAMESPACE,
          name: 'br',
          labels: { 'tidb.pingcap.com/restore-uid': 'restore-uid' },
        },
        status: { phase: 'Failed' },
      }),
    eventReasons: () => memory.all(EVENTS).map((event) => String(event['reason'])),
    writes: () => writes,
  };
}
