import { MANAGED_LABEL } from '../domain/labels.js';
import { operatorOwns } from '../domain/operator-view.js';
import { restorePodSpec } from '../domain/replication/restore-pod-spec.js';
import { restoreProblems } from '../domain/replication/restore-problems.js';
import type { RestoreJobStep } from '../domain/replication/restore-step.js';
import { waitingOf } from '../domain/replication/restore-status.js';
import type { Restore } from '../domain/replication/restore.js';
import type { Obstacle } from '../domain/replication/seen-restore.js';
import { targetClusterOf } from '../domain/replication/target-cluster.js';
import { tikvGateObstacle, type TikvGate } from '../domain/replication/tikv-gate.js';
import type { KubernetesApi } from './api.js';
import { buildRestoreJob } from './build-restore-job.js';
import type { JobImages } from './job-images.js';
import { jobRefusal } from './jobs.js';
import { secretProblem, secretRequirementsOf } from './objects/secret-requirements.js';
import { readOperatorView, type OperatorSetting } from './operator-presence.js';
import { RESTORES, TIDB_CLUSTERS } from './resources.js';
import type { RestoreCrd } from './restore-crd.js';
import { readSecretKeys } from './secret-keys.js';
import { removeStatusSubresource } from './status-subresource.js';
import { tikvGateIn } from './tikv-config.js';
import { readTikvConfig } from './tikv-config-map.js';

/** Where it is read what stands in the way of a restore. */
export interface RestoreSurroundings {
  readonly api: KubernetesApi;
  readonly crd: RestoreCrd;
  readonly operator: OperatorSetting;
  readonly images: JobImages;
}

interface ObstacleQuestion {
  readonly restore: Restore;
  /** The Job that is to be created next, where it is known. */
  readonly step: RestoreJobStep | undefined;
}

/** What keeps Jobs of this Restore from being created, most fundamental first. Reads only. @throws ApiFailure */
export async function findObstacles(
  surroundings: RestoreSurroundings,
  question: ObstacleQuestion,
): Promise<Obstacle[]> {
  const { restore } = question;
  const found = await Promise.all([
    statusObstacle(surroundings),
    operatorObstacle(surroundings, restore),
    prunedFieldObstacle(surroundings, restore),
    clusterObstacle(surroundings, restore),
    secretObstacle(surroundings, restore),
    refusalObstacle(surroundings, question),
  ]);
  return found.filter((obstacle) => obstacle !== undefined);
}

/** Whether TiDB Operator sees this Restore, and how to mend that. @throws ApiFailure */
export async function operatorObstacle(
  { api, operator }: RestoreSurroundings,
  { metadata }: Restore,
): Promise<Obstacle | undefined> {
  const view = await readOperatorView(api, operator);
  if (!operatorOwns(metadata.labels, view)) return undefined;
  const message =
    'TiDB Operator sees this Restore and would run it, too: start TiDB Operator with ' +
    `-selector=${MANAGED_LABEL}!=true, so that it leaves labelled objects to Holdfast`;
  return { reason: 'OperatorSeesRestore', message };
}

async function statusObstacle({ crd }: RestoreSurroundings): Promise<Obstacle | undefined> {
  if (!(await crd.hasStatusSubresource())) return undefined;
  const message =
    'the CRD restores.pingcap.com has a status subresource, so that what is written to the status of a Restore ' +
    `would be lost: ${removeStatusSubresource(RESTORES)}`;
  return { reason: 'StatusSubresource', message };
}

/** Only a Restore without the field can have lost it. */
async function prunedFieldObstacle(
  { crd }: RestoreSurroundings,
  { spec }: Restore,
): Promise<Obstacle | undefined> {
  if (spec.replicationConfig !== undefined) return undefined;
  if (!(await crd.dropsReplicationConfig())) return undefined;
  const message =
    'the CRD restores.pingcap.com drops spec.replicationConfig, so that nobody can tell whether it was asked for: ' +
    'install a CRD that has it (kubectl apply --server-side -f deploy/crds/restores.yaml), and create the Restore again';
  return { reason: 'ReplicationConfigPruned', message };
}

/** The TidbCluster, and TiKV's configuration in it; `undefined`, too, where the spec names none: it is invalid. */
async function clusterObstacle(
  { api }: RestoreSurroundings,
  restore: Restore,
): Promise<Obstacle | undefined> {
  const cluster = targetClusterOf(restore);
  if (cluster === undefined) return undefined;
  const { namespace, name } = cluster;
  if ((await api.get({ resource: TIDB_CLUSTERS, namespace, name })) === undefined) {
    const message = `TidbCluster ${namespace}/${name} does not exist: waiting for it`;
    return { reason: 'TidbClusterNotFound', message };
  }
  return tikvGateObstacle(await readTikvGate(api, cluster), { namespace, cluster: name });
}

async function readTikvGate(
  api: KubernetesApi,
  cluster: { namespace: string; name: string },
): Promise<TikvGate> {
  const config = await readTikvConfig(api, cluster);
  return config.found ? tikvGateIn(config.text) : { state: 'unknown', why: config.missing };
}

async function secretObstacle({ api }: RestoreSurroundings, restore: Restore): Promise<Obstacle | undefined> {
  if (restoreProblems(restore).length > 0) return undefined;
  const { namespace } = restore.metadata;
  for (const requirement of secretRequirementsOf(restorePodSpec(restore))) {
    const keys = await readSecretKeys(api, { namespace, name: requirement.name });
    const problem = secretProblem(requirement, keys);
    if (problem !== undefined) return { reason: 'SecretNotFound', message: problem.message };
  }
  return undefined;
}

/** A Job that was refused before is tried out first: the condition must not flap between refused and due. */
async function refusalObstacle(
  surroundings: RestoreSurroundings,
  { restore, step }: ObstacleQuestion,
): Promise<Obstacle | undefined> {
  if (step === undefined || waitingOf(restore.status)?.reason !== 'JobRefused') return undefined;
  const job = await buildRestoreJob(surroundings, { restore, step, retainLatestMvccVersion: false });
  if (job === undefined) return undefined;
  const message = await jobRefusal(surroundings.api, restore.metadata.namespace, job);
  return message === undefined ? undefined : { reason: 'JobRefused', message };
}
