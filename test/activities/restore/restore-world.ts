import { waitUntil } from '../../../dev/processes/readiness.js';
import {
  createRestoreActivities,
  type RestoreActivities,
} from '../../../src/activities/restore/restore-activities.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { jobOutcome } from '../../../src/domain/kubernetes/job-outcome.js';
import type { Pod } from '../../../src/domain/kubernetes/pod.js';
import { RESTORE_UID_LABEL } from '../../../src/domain/labels.js';
import type { RunReplicationRestoreInput } from '../../../src/domain/replication/restore-input.js';
import { restoreJobName } from '../../../src/domain/replication/restore-job-name.js';
import type { RestoreJobStep } from '../../../src/domain/replication/restore-step.js';
import { Restore } from '../../../src/domain/replication/restore.js';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import type { JobDeletions } from '../../../src/kubernetes/job-deletions.js';
import { findJob, listItems, podsOfJob } from '../../../src/kubernetes/jobs.js';
import type { OperatorSetting } from '../../../src/kubernetes/operator-presence.js';
import {
  COMPACT_BACKUPS,
  CONFIG_MAPS,
  EVENTS,
  PODS,
  RESTORES,
  SECRETS,
  STATEFUL_SETS,
  TIDB_CLUSTERS,
} from '../../../src/kubernetes/resources.js';
import { restoreCrd } from '../../../src/kubernetes/restore-crd.js';
import { readRestore } from '../../../src/kubernetes/restores.js';
import { s3SecretManifest, S3_SECRET, tidbClusterManifest, TIDB_CLUSTER } from '../../e2e/backup-manifest.js';
import { compactBackupManifest, restoreManifest, tikvManifests } from '../../e2e/restore-manifest.js';
import { startApiServer, type ApiServer } from '../../kubernetes/api-server.js';
import { restoresInActivityContext } from '../activity-context.js';
import { BackupEvent } from '../backup-event.js';

export const NAMESPACE = 'shop';

/** What the activities are for: Restores of a real API server, whose pods the test acts. */
export interface RestoreWorld {
  readonly server: ApiServer;
  activities(surroundings?: Surroundings): RestoreActivities;
  /** A labelled replication restore. Names of Restores and CompactBackups are given by the test. */
  createRestore(name: string, wish?: RestoreWishes): Promise<RunReplicationRestoreInput>;
  setCompaction(name: string, state: string): Promise<void>;
  restore(input: RunReplicationRestoreInput): Promise<Restore>;
  job(input: RunReplicationRestoreInput, step: RestoreJobStep): Promise<Job | undefined>;
  pod(input: RunReplicationRestoreInput, step: RestoreJobStep): Promise<Pod>;
  /** Its pod succeeds; with an `exitCode` it fails. */
  endRun(input: RunReplicationRestoreInput, step: RestoreJobStep, exitCode?: number): Promise<void>;
  /** A pod of this Restore that has no Job, as somebody leaves it behind; gives its name. */
  createPod(input: RunReplicationRestoreInput): Promise<string>;
  endPod(pod: string): Promise<void>;
  /** Reasons of the Events, sorted. */
  events(input: RunReplicationRestoreInput): Promise<string[]>;
  stop(): Promise<void>;
}

interface Surroundings {
  readonly operator?: OperatorSetting;
  readonly api?: KubernetesApi;
  readonly deletions?: JobDeletions;
  /** What the API server says of the CRDs, by path; default: nothing. */
  readonly documents?: Readonly<Record<string, object>>;
}

interface RestoreWishes {
  readonly compactBackup?: string;
  readonly labels?: Record<string, string>;
  readonly spec?: object;
}

export async function startRestoreWorld(): Promise<RestoreWorld> {
  const server = await startApiServer([NAMESPACE]);
  try {
    const { admin } = server;
    const { statefulSet, configMap } = tikvManifests({ cluster: TIDB_CLUSTER });
    await admin.create(TIDB_CLUSTERS, NAMESPACE, tidbClusterManifest(TIDB_CLUSTER));
    await admin.create(SECRETS, NAMESPACE, s3SecretManifest(S3_SECRET));
    await admin.create(CONFIG_MAPS, NAMESPACE, configMap);
    await admin.create(STATEFUL_SETS, NAMESPACE, statefulSet);
    return worldOf(server);
  } catch (failure) {
    await server.stop();
    throw failure;
  }
}

function worldOf(server: ApiServer): RestoreWorld {
  const { admin, clusterUid } = server;
  const job: RestoreWorld['job'] = ({ name }, step) =>
    findJob(admin, { namespace: NAMESPACE, name: restoreJobName(name, step) });
  const pod: RestoreWorld['pod'] = (input, step) =>
    eventually(`the pod of ${input.name} (${step}) exists`, async () => {
      const found = await job(input, step);
      return found === undefined ? undefined : (await podsOfJob(admin, found))[0];
    });
  return {
    server,
    activities: ({ operator = 'absent', api = server.worker, documents, deletions } = {}) =>
      restoresInActivityContext(
        createRestoreActivities({
          api,
          clusterUid,
          operator,
          images: { backupManager: 'holdfast-backup-manager:test' },
          crd: restoreCrd(async (path) => documents?.[path]),
          ...(deletions !== undefined && { deletions }),
          now: Date.now,
        }),
      ),
    createRestore: async (name, wish = {}) => {
      const body = restoreManifest({ name, script: [], ...wish });
      const { metadata } = Restore.parse(await admin.create(RESTORES, NAMESPACE, body));
      return { cluster: 'test', clusterUid, namespace: NAMESPACE, name, uid: metadata.uid };
    },
    setCompaction: async (name, state) => {
      const reference = { resource: COMPACT_BACKUPS, namespace: NAMESPACE, name };
      if ((await admin.get(reference)) === undefined) {
        await admin.create(COMPACT_BACKUPS, NAMESPACE, compactBackupManifest({ name }));
      }
      await admin.mergePatch(reference, { status: { state } });
    },
    restore: async (input) => found(input.name, await readRestore(admin, input)),
    job,
    pod,
    endRun: async (input, step, exitCode = 0) => {
      const { metadata } = await pod(input, step);
      const container = { name: 'restore', image: 'test', imageID: '', ready: false, restartCount: 0 };
      await server.writeStatus(
        { resource: PODS, namespace: NAMESPACE, name: metadata.name },
        {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          containerStatuses: [
            {
              ...container,
              state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
            },
          ],
        },
      );
      await eventually(`the Job of ${input.name} (${step}) ends`, async () => {
        const seen = await job(input, step);
        return seen !== undefined && jobOutcome(seen) !== 'running' ? seen : undefined;
      });
    },
    createPod: async ({ name, uid }) => {
      const metadata = { name: `${name}-orphan`, labels: { [RESTORE_UID_LABEL]: uid } };
      const spec = { containers: [{ name: 'restore', image: 'test' }] };
      await admin.create(PODS, NAMESPACE, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
      return metadata.name;
    },
    endPod: async (name) => {
      await server.writeStatus({ resource: PODS, namespace: NAMESPACE, name }, { phase: 'Succeeded' });
    },
    events: async ({ uid }) => {
      const fieldSelector = `involvedObject.uid=${uid}`;
      const items = listItems(await admin.list(EVENTS, { namespace: NAMESPACE, fieldSelector }));
      return items.map((item) => BackupEvent.parse(item).reason).sort();
    },
    stop: () => server.stop(),
  };
}

async function eventually<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  let value: T | undefined;
  await waitUntil({
    what,
    timeoutMs: 20_000,
    attempt: async () => {
      value = await attempt();
      return value !== undefined;
    },
  });
  return found(what, value);
}

function found<T>(what: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`${what} is not there`);
  return value;
}
