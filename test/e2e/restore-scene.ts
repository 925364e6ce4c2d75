import { expect } from 'vitest';
import { mergePatch } from '../../dev/node-agent/kube-client.js';
import { WAITING_CONDITION } from '../../src/domain/replication/restore-status.js';
import type { Restore, RestoreCondition } from '../../src/domain/replication/restore.js';
import { JOBS, NAMESPACE, TIDB_CLUSTERS } from './holdfast-world.js';
import { tidbClusterManifest } from './backup-manifest.js';
import { restoreHistoryOf, restoreViolations } from './restore-history.js';
import { tikvManifests } from './restore-manifest.js';
import { createTikv, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';

/** Longer than the product waits before it looks at what nobody tells it of. */
const LOOK_AGAIN_TIMEOUT_MS = 60_000;

const CUSTOM = `/apis/pingcap.com/v1alpha1/namespaces/${NAMESPACE}`;
const COMPACT_BACKUPS = `${CUSTOM}/compactbackups`;

/** What people and other programs do to the objects around a Restore. */
export interface RestoreScene {
  conditionOf(restore: string, type: string): RestoreCondition | undefined;
  /** Waits until a condition is there, whatever its status. */
  reach(restore: string, type: string): Promise<RestoreCondition>;
  /** Waits until the Restore says that it waits for this; gives the message. */
  says(restore: string, reason: string): Promise<string>;
  reachPhase(restore: string, phase: string): Promise<void>;
  createCluster(name: string): Promise<void>;
  /** StatefulSet and ConfigMap of its TiKV. */
  createTikv(cluster: string, config?: string): Promise<void>;
  configureTikv(cluster: string, config: string): Promise<void>;
  patchCompactBackup(name: string, patch: object): Promise<void>;
  patchRestore(name: string, patch: object): Promise<void>;
  deleteCompactBackup(name: string): Promise<void>;
  deleteRestore(name: string): Promise<void>;
  patchJob(name: string, patch: object): Promise<void>;
  /** As `kubectl delete job` does it. */
  deleteJob(name: string): Promise<void>;
}

export function createRestoreScene(world: RestoreWorld): RestoreScene {
  const conditionOf = (restore: string, wanted: string): RestoreCondition | undefined =>
    world.latestRestore(restore)?.status.conditions?.find(({ type }) => type === wanted);
  const patch = async (path: string, body: object): Promise<void> => {
    await world.call({ method: 'PATCH', path, body, contentType: mergePatch });
  };
  const remove = async (path: string): Promise<void> => {
    await world.call({ method: 'DELETE', path, body: { propagationPolicy: 'Background' } });
  };
  return {
    conditionOf,
    reach: (restore, type) =>
      waitFor(
        `${restore} has the condition ${type}`,
        () => conditionOf(restore, type),
        LOOK_AGAIN_TIMEOUT_MS,
      ),
    says: async (restore, reason) => {
      const waiting = () => conditionOf(restore, WAITING_CONDITION);
      await waitFor(`${restore} waits: ${reason}`, () => waiting()?.reason === reason, LOOK_AGAIN_TIMEOUT_MS);
      return waiting()?.message ?? '';
    },
    reachPhase: async (restore, phase) => {
      const phaseNow = () => world.latestRestore(restore)?.status.phase;
      await waitFor(`${restore} is ${phase}`, () => phaseNow() === phase, LOOK_AGAIN_TIMEOUT_MS);
    },
    createCluster: async (name) => {
      await world.call({ method: 'POST', path: TIDB_CLUSTERS, body: tidbClusterManifest(name) });
    },
    createTikv: (cluster, config) => createTikv(world, { cluster, ...(config !== undefined && { config }) }),
    configureTikv: (cluster, config) => {
      const { name } = tikvManifests({ cluster }).configMap.metadata;
      return patch(`/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`, { data: { 'config-file': config } });
    },
    patchRestore: (name, body) => patch(`${CUSTOM}/restores/${name}`, body),
    patchCompactBackup: (name, body) => patch(`${COMPACT_BACKUPS}/${name}`, body),
    deleteCompactBackup: (name) => remove(`${COMPACT_BACKUPS}/${name}`),
    deleteRestore: (name) => remove(`${CUSTOM}/restores/${name}`),
    patchJob: (name, body) => patch(`${JOBS}/${name}`, body),
    deleteJob: (name) => remove(`${JOBS}/${name}`),
  };
}

/** The workflow and the Restore end so, and on the way nothing happened that must not. */
export async function expectEnd({
  world,
  restore,
  outcome,
}: {
  world: RestoreWorld;
  restore: Restore;
  outcome: string;
}): Promise<Restore> {
  expect(await world.restoreResult(restore)).toMatchObject({ outcome });
  const ended = await waitFor('the watch has heard of the end', () => {
    const latest = world.latestRestore(restore.metadata.name);
    return latest?.status.phase === outcome ? latest : undefined;
  });
  expectSound(world, restore);
  return ended;
}

export function expectSound({ journal }: RestoreWorld, restore: Restore): void {
  expect(restoreViolations(restoreHistoryOf(journal, restore))).toEqual([]);
}
