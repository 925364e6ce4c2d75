import { tikvManifests } from '../../dev/tidb-cluster/tikv-manifests.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import {
  COMPACT_BACKUPS,
  CONFIG_MAPS,
  RESTORES,
  SECRETS,
  STATEFUL_SETS,
  TIDB_CLUSTERS,
} from '../../src/kubernetes/resources.js';
import type { BenchmarkOptions } from '../benchmark.js';
import { CLUSTER, NAMESPACE, PREREQUISITES } from '../retry/manifests.js';
import { openStackWorld, type StackWorld } from '../stack-world.js';
import { startRestoreJournal, type RestoreJournal } from './restore-journal.js';
import { compactBackupManifest, restoreManifest, type ScriptedRestore } from './restore-manifests.js';

/** The stack, the real worker, a cluster to restore into, and eyes on all of it. */
export interface RestoreBenchWorld extends StackWorld {
  readonly journal: RestoreJournal;
  createRestore(restore: ScriptedRestore): Promise<void>;
  createCompactBackup(name: string): Promise<void>;
  /** As TiDB Operator writes it. */
  setCompaction(name: string, state: 'Running' | 'Complete'): Promise<void>;
}

/** @throws Error with the end of the log of the server that did not start */
export async function openRestoreWorld(options: BenchmarkOptions): Promise<RestoreBenchWorld> {
  const world = await openStackWorld(options);
  const { api } = world;
  const { statefulSet, configMap } = tikvManifests({ cluster: CLUSTER });
  await api.create(TIDB_CLUSTERS, NAMESPACE, PREREQUISITES.cluster);
  await api.create(SECRETS, NAMESPACE, PREREQUISITES.secret);
  await api.create(CONFIG_MAPS, NAMESPACE, configMap);
  await api.create(STATEFUL_SETS, NAMESPACE, statefulSet);
  const abort = new AbortController();
  const journal = await startRestoreJournal(api, abort.signal);
  return {
    ...world,
    journal,
    createRestore: async (restore) => {
      await api.create(RESTORES, NAMESPACE, restoreManifest(restore));
    },
    createCompactBackup: async (name) => {
      await api.create(COMPACT_BACKUPS, NAMESPACE, compactBackupManifest(name));
    },
    setCompaction: async (name, state) => {
      const reference = { resource: COMPACT_BACKUPS, namespace: NAMESPACE, name };
      await api.mergePatch(reference, { status: { state } });
    },
    close: async () => {
      abort.abort();
      await journal.ended;
      await world.close();
    },
  };
}

/** Waits until all these Restores are in this phase. @throws Error naming those that are not in time */
export async function untilPhase(
  { journal }: RestoreBenchWorld,
  { names, phase, timeoutMs }: { names: readonly string[]; phase: string; timeoutMs: number },
): Promise<void> {
  let others = names;
  const attempt = async () => {
    others = others.filter((name) => journal.restores(name).at(-1)?.object.status.phase !== phase);
    if (others.length > 0) throw new Error(`${others.length} are not: ${others.slice(0, 5).join(', ')}`);
    return true;
  };
  const what = `${names.length} Restores are in phase ${phase}`;
  await waitUntil({ what, timeoutMs, intervalMs: 100, attempt });
}

/** Waits until the Restore has this condition. @throws Error when it has not in time */
export async function untilCondition(
  { journal }: RestoreBenchWorld,
  { name, type, timeoutMs }: { name: string; type: string; timeoutMs: number },
): Promise<void> {
  const attempt = async () =>
    journal
      .restores(name)
      .at(-1)
      ?.object.status.conditions?.some((condition) => condition.type === type) === true;
  await waitUntil({ what: `Restore ${name} has ${type}`, timeoutMs, intervalMs: 50, attempt });
}
