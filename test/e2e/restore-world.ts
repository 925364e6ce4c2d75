import { mergePatch } from '../../dev/node-agent/kube-client.js';
import { restoreWorkflowId } from '../../src/domain/names.js';
import { Restore } from '../../src/domain/replication/restore.js';
import type { WorkflowHandle } from '@temporalio/client';
import type {
  runReplicationRestore,
  RunReplicationRestoreResult,
} from '../../src/workflows/run-replication-restore.js';
import { waitFor } from './wait-for.js';
import { TIDB_CLUSTER } from './backup-manifest.js';
import {
  NAMESPACE,
  startHoldfastWorld,
  type HoldfastWorld,
  type HoldfastWorldOptions,
} from './holdfast-world.js';
import {
  compactBackupManifest,
  restoreManifest,
  tikvManifests,
  type RestoreWish,
} from './restore-manifest.js';

const CUSTOM = `/apis/pingcap.com/v1alpha1/namespaces/${NAMESPACE}`;

/** The whole local stack without a worker, with a TiKV whose gate is open. */
export interface RestoreWorld extends HoldfastWorld {
  createRestore(wish: RestoreWish): Promise<Restore>;
  createCompactBackup(name: string, spec?: object): Promise<void>;
  /** As the controller of CompactBackups writes it. */
  setCompaction(name: string, status: object): Promise<void>;
  restoreWorkflow(restore: Restore): WorkflowHandle<typeof runReplicationRestore>;
  /** How its workflow ends, which may not have started yet. */
  restoreResult(restore: Restore): Promise<RunReplicationRestoreResult>;
  /** As far as the watch has heard. */
  latestRestore(name: string): Restore | undefined;
}

export async function startRestoreWorld(options: HoldfastWorldOptions = {}): Promise<RestoreWorld> {
  const world = await startHoldfastWorld(options);
  await createTikv(world, { cluster: TIDB_CLUSTER });
  return withRestores(world);
}

/** The TiKV of a TidbCluster. */
export async function createTikv(
  world: HoldfastWorld,
  tikv: Parameters<typeof tikvManifests>[0],
): Promise<void> {
  const { statefulSet, configMap } = tikvManifests(tikv);
  await world.call({ method: 'POST', path: `/api/v1/namespaces/${NAMESPACE}/configmaps`, body: configMap });
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`;
  await world.call({ method: 'POST', path, body: statefulSet });
}

/** What is done to Restores in a world. */
export function withRestores<World extends HoldfastWorld>(world: World): World & RestoreWorld {
  const restoreWorkflow = ({ metadata }: Restore): WorkflowHandle<typeof runReplicationRestore> =>
    world.temporal.workflow.getHandle(restoreWorkflowId(metadata));
  return {
    ...world,
    createRestore: async (wish) =>
      Restore.parse(
        await world.call({ method: 'POST', path: `${CUSTOM}/restores`, body: restoreManifest(wish) }),
      ),
    createCompactBackup: async (name, spec = {}) => {
      const body = compactBackupManifest({ name, spec });
      await world.call({ method: 'POST', path: `${CUSTOM}/compactbackups`, body });
    },
    setCompaction: async (name, status) => {
      const path = `${CUSTOM}/compactbackups/${name}`;
      await world.call({ method: 'PATCH', path, body: { status }, contentType: mergePatch });
    },
    restoreWorkflow,
    restoreResult: async (restore) => {
      const handle = restoreWorkflow(restore);
      await waitFor(`the workflow of ${restore.metadata.name} exists`, () => handle.describe());
      return handle.result();
    },
    latestRestore: (name) => {
      const last = world.journal.restores(name).at(-1);
      return last === undefined || last.deleted ? undefined : last.object;
    },
  };
}
