import { waitUntil } from '../../dev/processes/readiness.js';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import { BACKUPS, SECRETS, TIDB_CLUSTERS } from '../../src/kubernetes/resources.js';
import type { BenchmarkOptions } from '../benchmark.js';
import { openStackWorld, type StackWorld } from '../stack-world.js';
import { startJournal, type Journal } from './journal.js';
import { backupManifest, NAMESPACE, PREREQUISITES, type ScriptedBackup } from './manifests.js';

/** The whole local stack with the real worker, and eyes on all of it. */
export interface BenchWorld extends StackWorld {
  readonly journal: Journal;
  createBackup(backup: ScriptedBackup): Promise<void>;
}

/** @throws Error with the end of the log of the server that did not start */
export async function openBenchWorld(options: BenchmarkOptions): Promise<BenchWorld> {
  const world = await openStackWorld(options);
  const { api } = world;
  await api.create(TIDB_CLUSTERS, NAMESPACE, PREREQUISITES.cluster);
  await api.create(SECRETS, NAMESPACE, PREREQUISITES.secret);
  const abort = new AbortController();
  const journal = await startJournal(api, abort.signal);
  return {
    ...world,
    journal,
    createBackup: async (backup) => {
      await api.create(BACKUPS, NAMESPACE, backupManifest(backup));
    },
    close: async () => {
      abort.abort();
      await journal.ended;
      await world.close();
    },
  };
}

/** Waits until the incidents of all these Backups are settled. @throws Error naming those that are not in time */
export async function untilSettled(
  { journal }: BenchWorld,
  { names, timeoutMs }: { names: readonly string[]; timeoutMs: number },
): Promise<void> {
  let open = names;
  const attempt = async () => {
    open = open.filter((name) => !isSettled(journal, name));
    if (open.length > 0) throw new Error(`${open.length} are not settled: ${open.slice(0, 5).join(', ')}`);
    return true;
  };
  await waitUntil({ what: `${names.length} incidents settled`, timeoutMs, intervalMs: 200, attempt });
}

function isSettled(journal: Journal, name: string): boolean {
  const last = journal.backups(name).at(-1);
  return last !== undefined && readIncident(last.object)?.state === 'settled';
}
